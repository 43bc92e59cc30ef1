"""One reader of one stream: a bounded queue of frames between the hub and a connection."""

import asyncio
import time
from collections import deque
from uuid import UUID

from app.api.frames import TERMINAL, EventId, frame
from app.db.stream import Chunk

# A reader this far behind gets no more frames; it reads on from the table when it has caught up. Answers come in
# sentences, so that few have more events than this.
MOST_FRAMES = 64


class Subscriber:
    """`position` is the last event queued, `newest` the last one heard of.

    `behind` says that the table has to be read before anything live.
    """

    __slots__ = ("behind", "ended", "frames", "heard_at", "newest", "position", "task_id", "wake")

    def __init__(self, task_id: UUID, position: EventId) -> None:
        self.task_id = task_id
        self.position = position
        self.newest = position
        self.frames: deque[bytes] = deque()
        self.wake = asyncio.Event()
        self.behind = True
        self.ended = False
        self.heard_at = time.monotonic()

    @property
    def has_room(self) -> bool:
        """May the table be read for this reader?"""
        return len(self.frames) < MOST_FRAMES // 2

    def live(self, chunk: Chunk, ready: bytes | None) -> None:
        """A chunk came by notification; `ready` is its frame, None when its data was too long to come along."""
        at = EventId(chunk.attempt, chunk.seq)
        self.newest = max(self.newest, at)
        if self.ended or self.behind or at <= self.position:
            return
        if ready is None or len(self.frames) >= MOST_FRAMES or not self._follows(at):
            self.behind = True
            return
        self.push(at, chunk.event, ready)

    def replay(self, chunk: Chunk) -> None:
        """A chunk read from the table.

        It has gaps after a crash of the database only: what comes after one is not shown; when the task has ended, the
        whole is told from its row.
        """
        at = EventId(chunk.attempt, chunk.seq)
        # What does not fit now is read from the table again, when this has been taken.
        self.newest = max(self.newest, at)
        if not self.ended and at > self.position and self._follows(at) and len(self.frames) < MOST_FRAMES:
            self.push(at, chunk.event, frame(at, chunk.event, chunk.data or "{}"))

    def push(self, at: EventId, event: str, ready: bytes) -> None:
        """Queue a frame and move on; a terminal event ends the stream."""
        self.frames.append(ready)
        self.position = at
        self.heard_at = time.monotonic()
        self.ended = event in TERMINAL
        self.wake.set()

    def ping(self, ping: bytes) -> None:
        """Keep the connection alive, unless frames wait anyway."""
        if not self.frames:
            self.frames.append(ping)
            self.wake.set()

    async def take(self) -> bytes:
        """Everything queued, as soon as there is something; empty once the stream has ended."""
        while not self.frames and not self.ended:
            self.wake.clear()
            await self.wake.wait()
        data = b"".join(self.frames)
        self.frames.clear()
        return data

    def _follows(self, at: EventId) -> bool:
        if at.attempt == self.position.attempt:
            return at.seq == self.position.seq + 1
        return at.seq == 1
