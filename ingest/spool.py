"""Vectors on their way from the model to the database, kept on disk so that memory does not grow with the content."""

import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import numpy as np

from app.retrieval.minilm import Vectors

_ROWS = 256


class Spool:
    """A temporary file without a name: it is gone with its process, however that ends."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by __exit__)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, vectors: Vectors) -> None:
        """Append rows (n, dimensions)."""
        self._file.write(np.ascontiguousarray(vectors, np.float32).tobytes())

    def rows(self) -> Iterator[Vectors]:
        """Every row in the order of adding."""
        self._file.seek(0)
        size = 4 * self._dimensions
        while block := self._file.read(_ROWS * size):
            yield from np.frombuffer(block, np.float32).reshape(-1, self._dimensions)
