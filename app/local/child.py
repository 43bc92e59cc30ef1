"""One child process: its start, its lines, its end."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

_LONGEST_LINE = 1024 * 1024
_PR_SET_PDEATHSIG = 1
_LAST_LINES_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Command:
    """What to run, under which name it is shown, in which environment (whole, not changes)."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]


class Child:
    """A running process in a session of its own; Ctrl-C in our terminal does not reach it, nor what it starts."""

    def __init__(self, process: Process, lines: asyncio.Task[None]) -> None:
        self._process = process
        self._lines = lines

    @classmethod
    async def start(cls, command: Command, line: Callable[[str], None]) -> Self:
        """Start it and hand every line it prints, on either stream, to `line`.

        It gets SIGTERM from the kernel when we are gone, however we went (Linux).
        """
        # A pipe of our own: asyncio's Process.wait would wait until every heir of its pipe has closed it, too.
        ours, theirs = os.pipe()
        lines = asyncio.create_task(_read(ours, line))
        try:
            process = await asyncio.create_subprocess_exec(
                *command.arguments,
                env=dict(command.environment),
                stdin=DEVNULL,
                stdout=theirs,
                stderr=STDOUT,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        finally:
            os.close(theirs)
        return cls(process, lines)

    async def wait(self) -> int:
        """The exit code, negative for a signal, as soon as the process itself has ended."""
        return await self._process.wait()

    async def end(self, grace: float) -> None:
        """Ask it to end, and after `grace` seconds make it; then the same for whatever it left running."""
        try:
            if self._process.returncode is None:
                # The leader alone is asked: it knows how to end its own children in order.
                with contextlib.suppress(ProcessLookupError):
                    self._process.terminate()
                await asyncio.wait({asyncio.create_task(self._process.wait())}, timeout=grace)
        finally:
            # Also where our own wait is cut short.
            self.kill()
        await self._process.wait()
        # Something that has left the group may hold the pipe open; its lines are not waited for.
        await asyncio.wait({self._lines}, timeout=_LAST_LINES_SECONDS)
        self._lines.cancel()

    def kill(self) -> None:
        """End it and its group at once."""
        # The number is the group's as long as any member lives, and the kernel does not hand it out again so soon.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def ending(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"ended with code {code}"
    names = {int(known): known.name for known in signal.Signals}
    return f"killed by {names.get(-code, f'signal {-code}')}"


async def _read(descriptor: int, line: Callable[[str], None]) -> None:
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    try:
        while True:
            try:
                text = await reader.readline()
            except ValueError:
                text = b"(a line that is too long to show)\n"
            if not text:
                return
            line(text.decode(errors="replace").rstrip())
    finally:
        transport.close()


def _die_with(parent: int) -> Callable[[], None] | None:
    """What the new child does before its program starts: it asks the kernel for SIGTERM when `parent` is gone.

    SIGTERM, not SIGKILL: the last child to leave in order also stops the embedded server.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            # It was gone before we asked.
            os._exit(1)

    return ask
