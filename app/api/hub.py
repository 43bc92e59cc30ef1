"""All streams of one API process: what notifications bring, and a repair loop that reads what they left out."""

import asyncio
import random
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from app.api import frames
from app.api.frames import EventId
from app.api.listener import Listener
from app.api.subscriber import Subscriber
from app.db import engine, stream, tasks
from app.db.stream import Chunk, Cursor
from app.db.tasks import State
from app.errors import Busy
from app.telemetry import get_logger

# An unfinished stream that is silent for this long is read from the table: a notification can be lost with its
# connection, or sent before its subscription was there to be seen.
SILENCE_SECONDS = 1.0
PING_SECONDS = 15.0
# A reader that takes nothing for so long is gone, whatever its socket says.
STUCK_SECONDS = 30.0
_SWEEP_SECONDS = 1.0
# The name of a line that is no event: a student has left this run, which may go on for others.
LEFT = "ended"

log = get_logger(__name__)


class Hub:
    """Attach readers with `attach`, take them off with `detach`; `run` must run meanwhile."""

    def __init__(self, dsn: str, pool: engine.Pool, *, most: int = 10_000) -> None:
        """`pool` is made with `app.db.stream.READER_SETTINGS`; `most` streams are open at a time."""
        self._pool = pool
        self._most = most
        self._channel = f"api_{uuid4().hex}"
        self._listener = Listener(dsn, self._channel, heard=self._heard, listening=self._listening)
        # By the task whose chunks they are shown.
        self._readers: dict[UUID, set[Subscriber]] = {}
        self._left: set[UUID] = set()
        self._repair_wanted = asyncio.Event()
        self.open_streams = 0
        # Places kept for those that will be attached.
        self._kept = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Keep a place for one `attach` within the block; raises Busy when all are taken or kept."""
        if self.open_streams + self._kept >= self._most:
            # Not all at the same moment again.
            raise Busy("too many streams are open here", retry_after=random.randint(2, 8))
        self._kept += 1
        try:
            yield
        finally:
            self._kept -= 1

    async def attach(self, state: State, position: EventId) -> Subscriber:
        """A reader of this task's stream from after `position`, in a place kept by `place`.

        Registered first, subscribed and committed second, replayed third: whatever is written in between comes by
        notification, and what falls between the snapshots is found by the repair.
        """
        reader = Subscriber(state, _honest(state, position))
        self._readers.setdefault(reader.source_id, set()).add(reader)
        self._left.discard(reader.source_id)
        try:
            if state.finished_at is None:
                await stream.subscribe(self._pool, reader.source_id, channel=self._channel)
            await self._repair([reader])
        except BaseException:
            self._forget(reader)
            raise
        self.open_streams += 1
        reader.waiting.attached(resumed=position != EventId())
        return reader

    def detach(self, reader: Subscriber) -> None:
        """Forget a reader; its subscription goes with the next repair round."""
        if reader in self._readers.get(reader.source_id, ()):
            self._forget(reader)
            self.open_streams -= 1

    def _forget(self, reader: Subscriber) -> None:
        readers = self._readers[reader.source_id]
        readers.remove(reader)
        if not readers:
            del self._readers[reader.source_id]
            self._left.add(reader.source_id)

    def catch_up(self, reader: Subscriber) -> None:
        """A reader has emptied its queue; if it fell behind, read on for it now."""
        if reader.behind:
            self._repair_wanted.set()

    async def run(self) -> None:
        """Listen, repair and ping for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listener.run())
            group.create_task(self._repair_for_ever())
            group.create_task(self._ping_for_ever())

    async def _listening(self) -> None:
        # Subscriptions do not survive a crash of the database, and notifications do not wait for a listener.
        await stream.resubscribe(self._pool, list(self._readers), channel=self._channel)
        for reader in self._all():
            reader.behind = True
        self._repair_wanted.set()

    def _heard(self, payload: str) -> None:
        for run in stream.parse(payload):
            if run.event == LEFT:
                self._leave(run.task_id)
            elif readers := self._readers.get(run.task_id):
                # Once for all who listen.
                ready = None if run.data is None else frames.run(run)
                first = EventId(run.attempt, stream.first_seq(run))
                for reader in readers:
                    reader.live(first, run, ready)
                    if reader.behind:
                        self._repair_wanted.set()

    def _leave(self, task_id: UUID) -> None:
        """What is shown to this student from now on is in the task's row."""
        for reader in self._all():
            if reader.task_id == task_id:
                reader.behind = True
                self._repair_wanted.set()

    async def _repair_for_ever(self) -> None:
        while True:
            await self._wait_for_repair()
            try:
                open_ = [reader for reader in self._all() if not reader.ended and reader.has_room]
                silent = [reader for reader in open_ if not reader.behind and self._is_silent(reader)]
                await self._repair([*(reader for reader in open_ if reader.behind), *await self._stirred(silent)])
                await self._unsubscribe()
            except (engine.DatabaseError, TimeoutError, *engine.ConnectionLost) as error:
                log.warning("streams.not_repaired", error=type(error).__name__)
                await asyncio.sleep(SILENCE_SECONDS)

    async def _wait_for_repair(self) -> None:
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                await self._repair_wanted.wait()
        except TimeoutError:
            pass
        self._repair_wanted.clear()

    def _is_silent(self, reader: Subscriber) -> bool:
        """It has heard of nothing for so long that something may have been missed."""
        return time.monotonic() - reader.heard_at > SILENCE_SECONDS

    async def _stirred(self, silent: list[Subscriber]) -> list[Subscriber]:
        """Those of the silent streams that have something to read: a quiet thousand costs one small question."""
        # Of a task's readers the one that is furthest behind is asked for.
        furthest = {one.task_id: one for one in sorted(silent, key=lambda one: one.position, reverse=True)}
        cursors = {task_id: Cursor(one.source_id, *one.position) for task_id, one in furthest.items()}
        found = await stream.stirred(self._pool, cursors) if cursors else set()
        now = time.monotonic()
        for reader in silent:
            reader.heard_at = now
        return [reader for reader in silent if reader.task_id in found]

    async def _repair(self, readers: list[Subscriber]) -> None:
        """Read for all of these at once; the tasks before their chunks, so that an ending seen has its chunks there."""
        if not readers:
            return
        heard = {reader: reader.newest for reader in readers}
        states = {state.task_id: state for state in await tasks.states(self._pool, [r.task_id for r in readers])}
        chunks: dict[UUID, list[Chunk]] = {}
        for chunk in await stream.read_after(self._pool, list(_earliest(readers))):
            chunks.setdefault(chunk.task_id, []).append(chunk)
        for reader in readers:
            before, state = reader.position, states.get(reader.task_id)
            if state and state.shown_attempt is not None and state.shown_seq is not None:
                reader.until = EventId(state.shown_attempt, state.shown_seq)
            for chunk in chunks.get(reader.source_id, ()):
                reader.replay(chunk)
            # Live chunks join where the table ended, unless one came while it was being read.
            reader.behind = reader.newest > reader.position
            if reader.behind and reader.newest > heard[reader]:
                self._repair_wanted.set()
            reader.heard_at = time.monotonic()
            _settle(reader, state, waited=reader.position == before)

    async def _unsubscribe(self) -> None:
        left, self._left = self._left, set()
        if left := left - self._readers.keys():
            await stream.unsubscribe(self._pool, list(left), channel=self._channel)
            # Whoever came back meanwhile found the subscription still there, and has now lost it.
            if back := left & self._readers.keys():
                await stream.resubscribe(self._pool, list(back), channel=self._channel)

    async def _ping_for_ever(self) -> None:
        """One timer for all connections: a comment to the silent ones, an end to those that take nothing."""
        pinged = time.monotonic()
        while True:
            await asyncio.sleep(min(_SWEEP_SECONDS, PING_SECONDS))
            now = time.monotonic()
            for reader in self._all():
                if reader.connection and reader.connection.stalled(now) > STUCK_SECONDS:
                    reader.connection.cut()
            if now - pinged >= PING_SECONDS:
                pinged = now
                for reader in self._all():
                    reader.ping(frames.PING)

    def _all(self) -> list[Subscriber]:
        return [reader for readers in self._readers.values() for reader in readers]


def _earliest(readers: Iterable[Subscriber]) -> Iterable[Cursor]:
    earliest: dict[UUID, EventId] = {}
    for reader in readers:
        earliest[reader.source_id] = min(reader.position, earliest.get(reader.source_id, reader.position))
    return (Cursor(task_id, at.attempt, at.seq) for task_id, at in earliest.items())


def _honest(state: State, position: EventId) -> EventId:
    """A position that no event of this task can have is none."""
    newest = frames.stored(state)[-1][0] if state.finished_at else EventId(state.attempt + 1)
    return position if position <= newest else EventId()


def _settle(reader: Subscriber, state: State | None, *, waited: bool) -> None:
    """The table has nothing more for this reader: if its task has ended, tell the end from the task's row.

    `waited` says that the table has brought nothing new; then what is missing will not come, once the task is settled.
    """
    if reader.ended:
        return
    if state is None:
        reader.push(EventId(reader.position.attempt, reader.position.seq + 1), "gone", "{}")
        return
    end = frames.end(state) if reader.ends_by_row else None
    if end and reader.follows(end[0]):
        reader.push(*end)
        return
    ahead = reader.position.attempt > state.attempt or (reader.until is not None and reader.position > reader.until)
    if state.finished_at is None or not waited or not (state.settled or state.attempt == 0 or ahead):
        return
    again = frames.stored(state)
    if again[-1][0] <= reader.position:
        again = frames.stored(state, after=reader.position.attempt)
    for at, event, data in again:
        if at > reader.position:
            reader.push(at, event, data)
