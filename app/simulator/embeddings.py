"""Answers POST /v1/embeddings: float or base64 vectors that keep text similarity."""

import base64
import json

import numpy as np

from app.simulator import meanings
from app.simulator.completion import Change
from app.simulator.exchange import BadRequestError, Json
from app.simulator.reply import Reply, tokens_in
from app.simulator.vectors import Vectors, dimensions_of, embed

_MOST_DIMENSIONS = 4096


def reply(request: Json, _change: Change, *, meaning: bool = False) -> Reply:
    """Vectors for a text or a list of texts: of their words alone, or with `meaning` as a real model's.

    Raises:
        BadRequestError: `input` is neither, or holds an empty text (as OpenAI refuses it), or bad `dimensions`.
    """
    texts = _texts(request.get("input"))
    model = str(request.get("model", ""))
    dimensions = request.get("dimensions", dimensions_of(model))
    if not isinstance(dimensions, int) or not 1 <= dimensions <= _MOST_DIMENSIONS:
        raise BadRequestError(f"'dimensions' must be from 1 to {_MOST_DIMENSIONS}")
    vectors = meanings.embed(texts, dimensions) if meaning else embed(texts, dimensions)
    as_base64 = request.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _base64(row) if as_base64 else row.tolist()}
        for index, row in enumerate(vectors)
    ]
    tokens = sum(map(tokens_in, texts))
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    whole = {"object": "list", "data": data, "model": model, "usage": usage}
    return Reply((json.dumps(whole).encode(),))


def _texts(given: object) -> list[str]:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise BadRequestError("'input' must be a text or a list of texts, none of them empty")
    return texts


def _base64(row: Vectors) -> str:
    return base64.b64encode(row.astype(np.dtype("<f4")).tobytes()).decode()
