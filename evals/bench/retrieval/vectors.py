"""Embeddings kept between runs, by the sha256 of their text: a corpus of ten thousand takes minutes to embed."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.retrieval.calls import CallLog
from app.retrieval.minilm import MiniLM, Vectors

FOLDER = Path(".bench-cache")
# Few enough that a run which is stopped loses little.
_BATCH = 512


class KeptEmbedder:
    """The embedded model behind a file of what it has said before."""

    name = MiniLM.name
    dimensions = MiniLM.dimensions

    def __init__(self, model: MiniLM, folder: Path = FOLDER) -> None:
        self.model = model
        self._path = folder / f"{MiniLM.name}.npz"
        self._known: dict[str, Vectors] = {}
        if self._path.exists():
            with np.load(self._path) as kept:
                self._known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))

    async def embed(self, texts: Sequence[str], log: CallLog | None = None) -> Vectors:
        """Vectors (n, 384) in the order of `texts`."""
        del log
        return self.embed_now(texts)

    def embed_now(self, texts: Sequence[str]) -> Vectors:
        """Vectors (n, 384) in the order of `texts`; those not known yet are computed and kept."""
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        waiting = list(missing.items())
        for start in range(0, len(waiting), _BATCH):
            batch = waiting[start : start + _BATCH]
            vectors = self.model.embed_now([text for _, text in batch])
            self._known.update(zip((key for key, _ in batch), vectors, strict=True))
            if len(waiting) > _BATCH:
                print(f"  embedded {start + len(batch):,} of {len(waiting):,}", flush=True)
                self._keep()
        if 0 < len(waiting) <= _BATCH:
            self._keep()
        return np.stack([self._known[key] for key in keys]) if keys else np.empty((0, self.dimensions), np.float32)

    def _keep(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part.npz")
        np.savez(part, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
        part.replace(self._path)
