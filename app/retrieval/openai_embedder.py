"""Embeddings by an OpenAI-compatible provider, for domains whose active namespace was made with its model."""

import time
from collections.abc import Sequence

import numpy as np

from app.errors import ProviderError
from app.retrieval import prices
from app.retrieval.calls import Call, CallLog
from app.retrieval.minilm import Vectors
from app.retrieval.openai_provider import QUESTION_SECONDS, OpenAIProvider

# The provider takes 2,048 texts and 300,000 tokens a request; 256 chunks are about 40,000.
REQUEST_TEXTS = 256
REQUEST_SECONDS = 60.0

DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072}


class OpenAIEmbedder:
    """See `app.retrieval.embedder.Embedder`. One text is a question and has two seconds; a list is ingestion."""

    def __init__(self, provider: OpenAIProvider, name: str, dimensions: int) -> None:
        self._provider = provider
        self.name = name
        self.dimensions = dimensions

    async def embed(self, texts: Sequence[str], log: CallLog | None = None) -> Vectors:
        """See `Embedder`. Every request is noted in `log`, the failed ones too."""
        parts = [texts[start : start + REQUEST_TEXTS] for start in range(0, len(texts), REQUEST_TEXTS)]
        empty = np.empty((0, self.dimensions), np.float32)
        return np.concatenate([empty, *[await self._request(part, log) for part in parts]])

    async def _request(self, texts: Sequence[str], log: CallLog | None) -> Vectors:
        began = time.monotonic()
        outcome, tokens = "ok", 0
        seconds = QUESTION_SECONDS if len(texts) == 1 else REQUEST_SECONDS
        try:
            vectors, tokens = await self._provider.embed(texts, self.name, dimensions=self.dimensions, seconds=seconds)
        except ProviderError as error:
            outcome = error.code
            raise
        finally:
            if log is not None:
                ms = round((time.monotonic() - began) * 1000)
                log.add(Call("embed", self.name, tokens, 0, prices.cost(self.name, tokens, 0), ms, outcome))
        return vectors
