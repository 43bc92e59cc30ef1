"""Sentence vectors, each text embedded once: answers quote, so the same sentences come again and again."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.retrieval.minilm import MiniLM


class Vectors:
    """A memory in front of the embedded model; for the gate's own run, never emptied."""

    def __init__(self, model: MiniLM) -> None:
        self._model = model
        self._known: dict[str, npt.NDArray[np.float32]] = {}

    def of(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors (n, 384) in the order of `texts`."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known.update(zip(new, self._model.embed_now(new), strict=True))
        return np.array([self._known[text] for text in texts], np.float32).reshape(len(texts), self._model.dimensions)
