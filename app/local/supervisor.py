"""Child processes with names: shown, restarted when they crash, and never outliving their supervisor."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from app.local.child import Child, Command, ending
from app.local.terminal import Terminal

GRACE_SECONDS = 25.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds to wait before a restart: doubled from `first` to `longest`, again from `first` after a steady run."""

    first: float = 0.5
    longest: float = 30.0
    steady: float = 60.0

    def after(self, previous: float, lived: float) -> float:
        """The next wait, given the one before (0 for none) and how long the process lived after it."""
        return self.first if previous == 0 or lived >= self.steady else min(previous * 2, self.longest)


class Supervisor:
    """Runs commands until its block ends: then everything gets SIGTERM at once, and SIGKILL after the grace."""

    def __init__(self, terminal: Terminal, *, grace: float = GRACE_SECONDS, backoff: Backoff | None = None) -> None:
        self._terminal = terminal
        self._grace = grace
        self._backoff = backoff or Backoff()
        self._keepers: list[asyncio.Task[None]] = []
        self._alive: set[Child] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        # Each keeper ends its own process, all at the same time.
        await asyncio.gather(*self._keepers, return_exceptions=True)

    def keep(self, command: Command) -> None:
        """Start it, and start it again whenever it ends."""
        self._keepers.append(asyncio.create_task(self._keep(command), name=command.name))

    async def run(self, command: Command, line: Callable[[str], None] | None = None) -> int:
        """Run it once, to its end or ours. Its lines go to `line` where given, else to the terminal under its name.

        Returns its exit code, negative for a signal.
        """
        child = await Child.start(command, line or partial(self._terminal.line, command.name))
        self._alive.add(child)
        try:
            return await child.wait()
        finally:
            await child.end(self._grace)
            self._alive.discard(child)

    def kill(self) -> None:
        """End everything at once, for those who will not wait for the grace."""
        for child in self._alive:
            child.kill()

    async def _keep(self, command: Command) -> None:
        wait = 0.0
        while True:
            started = time.monotonic()
            try:
                said = ending(await self.run(command))
            except OSError as error:
                # Out of processes or memory: as good a reason to try again as any crash.
                said = f"could not be started ({error.strerror})"
            wait = self._backoff.after(wait, time.monotonic() - started)
            self._terminal.step(command.name, f"{said}; starting again in {wait:g} s")
            await asyncio.sleep(wait)
