"""A lock file: held by an open descriptor, so the kernel lets go of it however its holder ends."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class Lock:
    """flock(2) on one file. Children do not inherit it; two Locks on one file exclude each other, also in a process."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def share(self) -> None:
        """Hold it together with others; waits for an exclusive holder."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def take(self) -> None:
        """Hold it alone; waits for every other holder."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def try_take(self) -> bool:
        """Hold it alone if nobody else does. A shared hold is given up either way.

        That is what makes the last of several leaving processes find itself alone: see flock(2) on conversions.
        """
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Linux has dropped the shared hold already; other systems keep it.
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            return False
        return True

    def write(self, text: str) -> None:
        """Leave a note in the file for those who find it held."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)

    def read(self) -> str:
        """The holder's note; empty if it has not written one yet."""
        return os.pread(self._descriptor, 4096, 0).decode(errors="replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
