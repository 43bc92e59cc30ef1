"""Vectors that keep text similarity without a model: signed hashing of words, word pairs and letter triples."""

import zlib
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from app.simulator.terms import STOP_WORDS, stem, words_of

Vectors = npt.NDArray[np.float32]

_DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
_EMBEDDED = 384

_WORD, _FUNCTION_WORD, _PAIR, _TRIPLE = 1.0, 0.1, 0.5, 0.25


def dimensions_of(model: str) -> int:
    """How long that model's vectors are; 384, the embedded model's length, for names it does not know."""
    return _DIMENSIONS.get(model, _EMBEDDED)


def embed(texts: Iterable[str], dimensions: int) -> Vectors:
    """One unit vector a text, shape (texts, dimensions); equal texts have equal vectors in every process."""
    rows = [_vector(text, dimensions) for text in texts]
    return np.stack(rows) if rows else np.empty((0, dimensions), np.float32)


def _vector(text: str, dimensions: int) -> Vectors:
    features = _features(text)
    hashes = np.fromiter((zlib.crc32(name.encode()) for name in features), np.uint64, len(features))
    # A feature that comes often says more than once, but not that many times more.
    weights = np.fromiter((weight * (1 + np.log(count)) for weight, count in features.values()), float, len(features))
    # Fibonacci hashing: neighbouring checksums must not share a place and a sign.
    mixed = (hashes * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)
    signs = np.where(mixed & np.uint64(1), 1.0, -1.0)
    places = ((mixed >> np.uint64(1)) % np.uint64(dimensions)).astype(np.intp)
    vector = np.bincount(places, weights * signs, minlength=dimensions)
    length = float(np.linalg.norm(vector))
    if length == 0:
        vector[0] = length = 1.0
    return (vector / length).astype(np.float32)


def _features(text: str) -> dict[str, tuple[float, int]]:
    """Weight and count of each feature."""
    words = words_of(text)
    stems = [stem(word) for word in words]
    counts = Counter(f"w {word}" for word in stems)
    counts.update(f"p {left} {right}" for left, right in pairwise(stems))
    for word in words:
        if word not in STOP_WORDS:
            padded = f"^{word}$"
            counts.update(f"t {padded[at : at + 3]}" for at in range(len(padded) - 2))
    if not counts:
        counts.update([f"t {text}"] if text else [])
    return {name: (_weight(name), count) for name, count in counts.items()}


def _weight(feature: str) -> float:
    kind, _, rest = feature.partition(" ")
    if kind == "w":
        return _FUNCTION_WORD if rest in STOP_WORDS else _WORD
    return _PAIR if kind == "p" else _TRIPLE
