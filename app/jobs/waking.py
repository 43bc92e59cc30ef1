"""A procrastinate app whose workers lose no wake-up.

procrastinate 3.10 clears its new-job event after a fetch: a notification that comes while an empty fetch is under way
is dropped, and on a quiet queue that job waits for the next poll (12 of 800 in a measurement). Here it is cleared
before the fetch. This touches private names; procrastinate is pinned and tests/jobs/test_wake_ups.py holds it.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from procrastinate import App
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.worker import Worker


class WakefulApp(App):
    """An App; its workers are woken by every notification."""

    def _worker(self, **options: Any) -> Worker:
        worker = super()._worker(**options)
        event = _Kept()
        worker._new_job_event = event  # noqa: SLF001
        self.job_manager = _Manager(self.connector, event)
        return worker


class _Kept(asyncio.Event):
    """Deaf to procrastinate's `clear`; `take` is the real one."""

    def clear(self) -> None:
        """Keep what came meanwhile."""

    def take(self) -> None:
        """From here on a notification counts anew."""
        super().clear()


class _Manager(JobManager):
    def __init__(self, connector: Any, event: _Kept) -> None:
        super().__init__(connector)
        self._event = event

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """The next job; what is inserted after this call began is announced to the next one."""
        self._event.take()
        return await super().fetch_job(queues, worker_id)
