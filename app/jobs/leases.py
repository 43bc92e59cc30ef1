"""Keeps the leases of this process's running tasks, and hears from the database that one must stop."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from app.db import engine, tasks
from app.telemetry import get_logger


@dataclass(slots=True)
class Running:
    """A task being answered here. `interrupt` ends its turn; why is in `stopped` or `fenced`.

    `rising` while the attempt is being raised: what the database then says of the old number means nothing.
    """

    task_id: UUID
    attempt: int
    interrupt: Callable[[], object] = lambda: None
    stopped: bool = False
    fenced: bool = False
    rising: bool = False

    def stop(self) -> None:
        """Its student asked for the end."""
        self.stopped = True
        self.interrupt()

    def fence(self) -> None:
        """Another attempt has taken over."""
        self.fenced = True
        self.interrupt()


class Leases:
    """The register of running tasks, renewed together once a second."""

    def __init__(self, pool: engine.Pool) -> None:
        """`pool` is for this alone: behind the tasks' own work in another a renewal would come too late."""
        self._pool = pool
        self._running: dict[UUID, Running] = {}

    def add(self, running: Running) -> None:
        """From now on this task's lease is renewed."""
        self._running[running.task_id] = running

    def remove(self, running: Running) -> None:
        """The task has ended here."""
        self._running.pop(running.task_id, None)

    def fenced(self, task_id: UUID, attempt: int) -> None:
        """The database refused this attempt's chunks. By rights, where that attempt is just being given up here."""
        running = self._running.get(task_id)
        if running and running.attempt == attempt and not running.rising:
            running.fence()

    async def run(self) -> None:
        """Renew for ever. While the database is away the tasks go on; the lease decides whose they are afterwards."""
        while True:
            await asyncio.sleep(tasks.RENEW_EVERY)
            try:
                await self._renew()
            except (engine.DatabaseError, TimeoutError, *engine.ConnectionLost) as error:
                get_logger(__name__).warning("leases.not_renewed", error=type(error).__name__)

    async def _renew(self) -> None:
        asked = {one.task_id: (one, one.attempt) for one in self._running.values() if not one.rising}
        if not asked:
            return
        kept = await tasks.renew(self._pool, [(task_id, attempt) for task_id, (_, attempt) in asked.items()])
        stopping = {lease.task_id for lease in kept if lease.stop_requested}
        for lease in kept:
            running, attempt = asked.pop(lease.task_id)
            # While its attempt is being raised it must not be interrupted, or it would not know its number: next round.
            current = running.attempt == attempt and not running.rising
            if lease.task_id in stopping and current and not running.stopped:
                running.stop()
        for running, attempt in asked.values():
            # An attempt raised in the meantime was not in the question; one that ended is no longer registered.
            if running.attempt == attempt and not running.rising and running.task_id in self._running:
                running.fence()
