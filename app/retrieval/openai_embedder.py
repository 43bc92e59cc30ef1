"""Embeddings by an OpenAI-compatible provider, for domains whose active namespace was made with its model."""

from collections.abc import Sequence

import numpy as np

from app.db.providers import Planned
from app.retrieval import prices
from app.retrieval.calls import CallLog
from app.retrieval.minilm import Vectors
from app.retrieval.openai_provider import QUESTION_SECONDS, OpenAIProvider
from app.retrieval.permits import Permits, planned_tokens

# The provider takes 2,048 texts and 300,000 tokens a request; 256 chunks are about 40,000.
REQUEST_TEXTS = 256
REQUEST_SECONDS = 60.0

DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072}


class OpenAIEmbedder:
    """See `app.retrieval.embedder.Embedder`. One text is a question and has two seconds; a list is ingestion."""

    def __init__(self, provider: OpenAIProvider, name: str, dimensions: int, permits: Permits | None = None) -> None:
        self._provider = provider
        self._permits = permits or Permits()
        self.name = name
        self.dimensions = dimensions

    async def embed(self, texts: Sequence[str], log: CallLog | None = None) -> Vectors:
        """See `Embedder`. Every request is noted in `log`, the failed ones too."""
        parts = [texts[start : start + REQUEST_TEXTS] for start in range(0, len(texts), REQUEST_TEXTS)]
        empty = np.empty((0, self.dimensions), np.float32)
        return np.concatenate([empty, *[await self._request(part, log) for part in parts]])

    async def _request(self, texts: Sequence[str], log: CallLog | None) -> Vectors:
        seconds = QUESTION_SECONDS if len(texts) == 1 else REQUEST_SECONDS
        tokens = sum(map(planned_tokens, texts))
        planned = Planned("openai", self.name, tokens, 0, prices.most(self.name, tokens, 0))
        async with self._permits.call("embed", planned, log) as meter:
            vectors, meter.tokens_in = await self._provider.embed(
                texts, self.name, dimensions=self.dimensions, seconds=seconds
            )
            meter.cost = prices.cost(self.name, meter.tokens_in, 0)
        return vectors
