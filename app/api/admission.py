"""Refuses new questions politely before they would wait for too long. What has an answer already is always served."""

import asyncio
import random

from app.db import backlog, engine
from app.db.backlog import RECENT_SECONDS, Backlog
from app.errors import Busy
from app.telemetry import get_logger

# A student who is told so now asks again; one who waits for longer than this has given up.
MOST_SECONDS = 30.0
_REFRESH_SECONDS = 1.0
# How long an answer takes until the first one has been seen to end.
_TYPICAL_SECONDS = 5.0
_MOST_RETRY_SECONDS = 60


class Admission:
    """Projects how long a new question would wait. `run` must run beside; `admitted` counts what has come since."""

    def __init__(self, pool: engine.Pool, *, slots: int) -> None:
        """`slots` answers run at once in one worker."""
        self._pool = pool
        self._slots = slots
        self._last = Backlog(0, 0, 0, 1, 0, None)
        self._since = 0

    def admitted(self) -> None:
        """One more question has gone into the queue from here."""
        self._since += 1

    @property
    def backlog(self) -> Backlog:
        """As it was measured last."""
        return self._last

    @property
    def open(self) -> bool:
        """Would a new question be begun within thirty seconds?"""
        return self.wait <= MOST_SECONDS

    @property
    def wait(self) -> float:
        """Seconds that a new question would wait.

        What is queued beyond the free places, at the speed at which places come free (Little's law: so many answers at
        once, each so long; or the speed just seen, when that is higher), and no less than the oldest has waited.
        """
        last = self._last
        # Without a worker the places of one count: it is on its way, and will find no more than it can do in time.
        slots = max(1, last.workers) * self._slots
        ahead = last.queued + self._since - max(0, slots - last.running)
        if ahead <= 0:
            return 0.0
        speed = max(slots / (last.seconds or _TYPICAL_SECONDS), last.ended / RECENT_SECONDS)
        return max(last.oldest, ahead / speed)

    def busy(self) -> Busy:
        """The refusal, with a time to come back that differs from student to student."""
        seconds = min(_MOST_RETRY_SECONDS, max(2.0, self.wait - MOST_SECONDS))
        return Busy(retry_after=round(seconds * random.uniform(1, 1.5)))

    async def run(self) -> None:
        """Measure once a second, for ever."""
        while True:
            await self.refresh()
            await asyncio.sleep(_REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Measure now. While the database is away the last figures stand: nothing gets in then anyway."""
        since, self._since = self._since, 0
        try:
            self._last = await backlog.measure(self._pool)
        except (engine.DatabaseError, TimeoutError, *engine.ConnectionLost) as error:
            self._since += since
            get_logger(__name__).warning("backlog.not_measured", error=type(error).__name__)
