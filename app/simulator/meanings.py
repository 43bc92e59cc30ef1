"""Vectors as good as a provider's: the embedded model's meaning in as many dimensions as asked for, and the words."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from app.retrieval.minilm import MiniLM
from app.simulator import vectors
from app.simulator.vectors import Vectors

# Of the square of a vector's length. The words make it another model's: neighbours change places, few are lost.
_MEANING, _WORDS = 0.85, 0.15
_SEED = 3_072


def embed(texts: Sequence[str], dimensions: int) -> Vectors:
    """One unit vector a text, shape (texts, dimensions); equal texts have equal vectors in every process."""
    meaning = _model().embed_now(texts) @ _directions(dimensions)
    words = vectors.embed(texts, dimensions)
    mixed = np.sqrt(_MEANING) * meaning + np.sqrt(_WORDS) * words
    unit: Vectors = (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)
    return unit


@cache
def _model() -> MiniLM:
    # Loaded with the first text: most simulated providers never embed.
    return MiniLM.load(1)


@cache
def _directions(dimensions: int) -> Vectors:
    """Orthonormal rows, shape (384, dimensions): cosines stay what they are. Below 384 they only nearly do."""
    random = np.random.default_rng(_SEED).standard_normal((max(dimensions, MiniLM.dimensions), MiniLM.dimensions))
    rows = np.linalg.qr(random)[0].T[:, :dimensions]
    return rows.astype(np.float32)
