"""One reader of one stream: a bounded queue of frames between the hub and a connection."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from uuid import UUID

from app.api.connection import Connection
from app.api.frames import TERMINAL, EventId, frame
from app.api.waiting import Waiting
from app.db.stream import Chunk
from app.db.tasks import State

# Sends frames without waiting, if that is possible now; False where it is not.
SendNow = Callable[[bytes], bool]
# A reader this far behind gets no more frames; it reads on from the table when it has caught up. Answers come in
# sentences, so that few have more events than this.
MOST_FRAMES = 64


class Subscriber:
    """`position` is the last event queued, `newest` the last one heard of.

    `source_id` is the task whose chunks it is shown: that of a shared run's leader, else its own. `behind` says that
    the table has to be read before anything live.
    """

    __slots__ = (
        "_send_now", "_wake", "behind", "connection", "ended", "frames", "heard_at", "newest", "position", "source_id",
        "task_id", "until", "waiting",
    )  # fmt: skip

    def __init__(self, state: State, position: EventId) -> None:
        self.task_id: UUID = state.task_id
        self.source_id: UUID = state.source_id
        self.waiting = Waiting(state.accepted_at)
        self.position = position
        self.newest = position
        # The last chunk that is for this reader, where its student has left a run that goes on for others.
        self.until: EventId | None = None
        self.frames: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._send_now: SendNow | None = None
        self.behind = True
        self.ended = False
        self.heard_at = time.monotonic()
        self.connection: Connection | None = None

    @property
    def has_room(self) -> bool:
        """May the table be read for this reader?"""
        return len(self.frames) < MOST_FRAMES // 2

    @property
    def ends_by_row(self) -> bool:
        """Is its last event told from its task's row, since its chunks' last one is another student's?"""
        return self.until is not None or self.source_id != self.task_id

    def live(self, first: EventId, run: Chunk, ready: bytes | None) -> None:
        """A run came by notification; `ready` is its frames, None when its data was too long to come along."""
        last = EventId(run.attempt, run.seq)
        self.newest = max(self.newest, last)
        if self.ended or self.behind or last <= self.position:
            return
        if ready is None or len(self.frames) >= MOST_FRAMES or not self._mine(first, run.event):
            self.behind = True
            return
        self._queue(last, run.event, run.data or "", ready)

    def replay(self, chunk: Chunk) -> None:
        """A chunk read from the table.

        It has gaps after a crash of the database only: what comes after one is not shown; when the task has ended, the
        whole is told from its row.
        """
        at = EventId(chunk.attempt, chunk.seq)
        # What does not fit now is read from the table again, when this has been taken.
        self.newest = max(self.newest, at)
        if not self.ended and at > self.position and self._mine(at, chunk.event) and len(self.frames) < MOST_FRAMES:
            self.push(at, chunk.event, chunk.data or "{}")

    def push(self, at: EventId, event: str, data: str) -> None:
        """Queue one event and move on; a terminal one ends the stream."""
        self._queue(at, event, data, frame(at, event, data))

    def _queue(self, at: EventId, event: str, data: str, ready: bytes) -> None:
        self.position = at
        self.heard_at = time.monotonic()
        self.ended = event in TERMINAL
        self.waiting.told(event, data)
        self._hand_over(ready)

    def ping(self, ping: bytes) -> None:
        """Keep the connection alive, unless frames wait anyway."""
        if not self.frames:
            self._hand_over(ping)

    def _hand_over(self, ready: bytes) -> None:
        # To wake the connection's task for each frame costs more than the frame.
        sent = self._send_now is not None and not self.frames and self._send_now(ready)
        if not sent:
            self.frames.append(ready)
        if not sent or self.ended:
            self._wake.set()

    def close(self) -> None:
        """The connection has gone: nothing more is sent."""
        self.frames.clear()
        self.ended = True
        self._wake.set()

    async def take(self, send_now: SendNow | None = None) -> bytes:
        """Everything queued, as soon as there is something; empty once the stream has ended.

        What `send_now` can send at once while nothing is queued is not returned here.
        """
        self._send_now = send_now
        while not self.frames and not self.ended:
            self._wake.clear()
            await self._wake.wait()
        self._send_now = None
        data = b"".join(self.frames)
        self.frames.clear()
        return data

    def follows(self, at: EventId) -> bool:
        """Is this the very next event?"""
        if at.attempt == self.position.attempt:
            return at.seq == self.position.seq + 1
        return at.seq == 1

    def _mine(self, at: EventId, event: str) -> bool:
        if self.ends_by_row and (event in TERMINAL or (self.until is not None and at > self.until)):
            return False
        return self.follows(at)
