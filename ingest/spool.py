"""Batches that were read and cut, on disk until they are written, so that memory stays flat."""

import contextlib
import pickle
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from app.errors import ConfigurationError
from ingest.survey import Batch


class Spool:
    """A temporary file without a name: nobody else can write to it, and it is gone with its process.

    Raises, wherever it is used:
        ConfigurationError: the folder for temporary files does not take it.
    """

    def __init__(self) -> None:
        with _explained():
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by __exit__)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # What a full disk has not taken is tried once more.
        with contextlib.suppress(OSError):
            self._file.close()

    def add(self, batch: Batch) -> None:
        """Keep a batch."""
        with _explained():
            pickle.dump(batch, self._file, pickle.HIGHEST_PROTOCOL)
            self._file.flush()

    def batches(self) -> Iterator[Batch]:
        """Every batch in the order of adding."""
        with _explained():
            end = self._file.tell()
            self._file.seek(0)
        while True:
            with _explained():
                if self._file.tell() >= end:
                    return
                batch: Batch = pickle.load(self._file)  # noqa: S301  (our own file, which has no name)
            yield batch


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"what was read cannot be kept in {tempfile.tempdir or 'any temporary folder'}: {error.strerror or error}; "
            "nothing was written. TMPDIR names another folder"
        ) from None
