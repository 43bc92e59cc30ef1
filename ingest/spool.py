"""Batches that were read and cut, on disk until they are written, so that memory stays flat."""

import pickle
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from ingest.survey import Batch


class Spool:
    """A temporary file without a name: nobody else can write to it, and it is gone with its process."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by __exit__)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, batch: Batch) -> None:
        """Keep a batch."""
        pickle.dump(batch, self._file, pickle.HIGHEST_PROTOCOL)

    def clear(self) -> None:
        """Forget all batches."""
        self._file.seek(0)
        self._file.truncate()

    def batches(self) -> Iterator[Batch]:
        """Every batch in the order of adding."""
        end = self._file.tell()
        self._file.seek(0)
        while self._file.tell() < end:
            yield pickle.load(self._file)  # noqa: S301  (our own file, which has no name)
