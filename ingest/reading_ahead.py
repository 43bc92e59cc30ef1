"""The parser's results a batch at a time, the next one being read while the last is worked on."""

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from ingest.document import Document, Rejection
from ingest.parser import Remark

# What is in memory at a time, twice: so many documents, or so much text of them.
BATCH_DOCUMENTS = 200
BATCH_CHARACTERS = 2_000_000


@dataclass(slots=True)
class Found:
    """The next documents, and what was said of files on the way to them."""

    documents: list[Document] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


class ReadingAhead:
    """Reads in a thread of its own. Leaving it stops the reading after the file in hand and closes the parser."""

    def __init__(self, results: Generator[Document | Rejection | Remark]) -> None:
        self._results = results
        self._left = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._coming: Future[Found | None] | None = None

    def __enter__(self) -> Self:
        self._coming = self._thread.submit(self._read)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._left.set()
        # The parser cannot be closed while it is being read.
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._results.close()

    async def next(self) -> Found | None:
        """The next batch; None after the last.

        Raises:
            ConfigurationError: the metadata cannot be read.
        """
        if self._coming is None:
            return None
        found = await asyncio.wrap_future(self._coming)
        self._coming = self._thread.submit(self._read) if found is not None else None
        return found

    def _read(self) -> Found | None:
        found, size = Found(), 0
        for result in self._results:
            if isinstance(result, Rejection):
                found.rejected.append(result)
            elif isinstance(result, Remark):
                found.remarks.append(result)
            else:
                found.documents.append(result)
                size += len(result.text)
            if len(found.documents) == BATCH_DOCUMENTS or size >= BATCH_CHARACTERS or self._left.is_set():
                return found
        return found if found.documents or found.rejected or found.remarks else None
