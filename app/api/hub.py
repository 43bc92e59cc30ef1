"""All streams of one API process: one LISTEN connection, and a repair loop that reads what notifications left out."""

import asyncio
import time
from collections.abc import Iterable
from uuid import UUID, uuid4

from app.api import frames
from app.api.frames import EventId
from app.api.subscriber import Subscriber
from app.db import engine, stream, tasks
from app.db.stream import Chunk, Cursor
from app.db.tasks import State
from app.telemetry import get_logger

# An unfinished stream that is silent for this long is read from the table: a notification can be lost with its
# connection, or sent before its subscription was there to be seen.
SILENCE_SECONDS = 1.0
PING_SECONDS = 15.0
# A dead peer is noticed by a heartbeat, not by TCP.
HEARTBEAT_SECONDS = 5.0

log = get_logger(__name__)


class Hub:
    """Attach readers with `attach`, take them off with `detach`; `run` must run meanwhile."""

    def __init__(self, dsn: str, pool: engine.Pool) -> None:
        """`pool` is made with `app.db.stream.READER_SETTINGS`."""
        self._dsn = dsn
        self._pool = pool
        self._channel = f"api_{uuid4().hex}"
        self._readers: dict[UUID, set[Subscriber]] = {}
        self._left: set[UUID] = set()
        self._repair_wanted = asyncio.Event()

    @property
    def open_streams(self) -> int:
        """How many readers are attached."""
        return sum(len(readers) for readers in self._readers.values())

    async def attach(self, state: State, position: EventId) -> Subscriber:
        """A reader of this task's stream from after `position`.

        Registered first, subscribed and committed second, replayed third: whatever is written in between comes by
        notification, and what falls between the snapshots is found by the repair.
        """
        reader = Subscriber(state.task_id, _honest(state, position))
        self._readers.setdefault(state.task_id, set()).add(reader)
        self._left.discard(state.task_id)
        try:
            if state.finished_at is None:
                await stream.subscribe(self._pool, state.task_id, channel=self._channel)
            await self._repair([reader])
        except BaseException:
            self.detach(reader)
            raise
        return reader

    def detach(self, reader: Subscriber) -> None:
        """Forget a reader; its subscription goes with the next repair round."""
        readers = self._readers.get(reader.task_id, set())
        readers.discard(reader)
        if not readers:
            self._readers.pop(reader.task_id, None)
            self._left.add(reader.task_id)

    def catch_up(self, reader: Subscriber) -> None:
        """A reader has emptied its queue; if it fell behind, read on for it now."""
        if reader.behind:
            self._repair_wanted.set()

    async def run(self) -> None:
        """Listen, repair and ping for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen_for_ever())
            group.create_task(self._repair_for_ever())
            group.create_task(self._ping_for_ever())

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                connection = await engine.connect(self._dsn, application="stream-listener")
                try:
                    await self._listen(connection)
                finally:
                    connection.terminate()
            except (engine.DatabaseError, TimeoutError, *engine.ConnectionLost) as error:
                log.warning("listener.lost", error=type(error).__name__, streams=self.open_streams)
                await asyncio.sleep(0.5)

    async def _listen(self, connection: engine.Connection) -> None:
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        await connection.add_listener(self._channel, lambda *notification: self._heard(notification[3]))
        # Subscriptions do not survive a crash of the database, and notifications do not wait for a listener.
        await stream.resubscribe(self._pool, list(self._readers), channel=self._channel)
        for reader in self._all():
            reader.behind = True
        self._repair_wanted.set()
        while not ended.is_set():
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await ended.wait()
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=HEARTBEAT_SECONDS)
        raise ConnectionError("the server ended it")

    def _heard(self, payload: object) -> None:
        for chunk in stream.parse(str(payload)):
            readers = self._readers.get(chunk.task_id)
            if not readers:
                continue
            at = EventId(chunk.attempt, chunk.seq)
            ready = None if chunk.data is None else frames.frame(at, chunk.event, chunk.data)
            for reader in readers:
                reader.live(chunk, ready)
                if reader.behind:
                    self._repair_wanted.set()

    async def _repair_for_ever(self) -> None:
        while True:
            await self._wait_for_repair()
            try:
                await self._repair([reader for reader in self._all() if self._needs_repair(reader)])
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

    def _needs_repair(self, reader: Subscriber) -> bool:
        silent = time.monotonic() - reader.heard_at > SILENCE_SECONDS
        return not reader.ended and reader.has_room and (reader.behind or silent)

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
            before = reader.position
            for chunk in chunks.get(reader.task_id, ()):
                reader.replay(chunk)
            # Live chunks join where the table ended, unless one came while it was being read.
            reader.behind = reader.newest > reader.position
            if reader.behind and reader.newest > heard[reader]:
                self._repair_wanted.set()
            reader.heard_at = time.monotonic()
            if reader.position == before and not reader.ended:
                _settle(reader, states.get(reader.task_id))

    async def _unsubscribe(self) -> None:
        left, self._left = self._left, set()
        if left := left - self._readers.keys():
            await stream.unsubscribe(self._pool, list(left), channel=self._channel)
            # Whoever came back meanwhile found the subscription still there, and has now lost it.
            if back := left & self._readers.keys():
                await stream.resubscribe(self._pool, list(back), channel=self._channel)

    async def _ping_for_ever(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            for reader in self._all():
                reader.ping(frames.PING)

    def _all(self) -> list[Subscriber]:
        return [reader for readers in self._readers.values() for reader in readers]


def _earliest(readers: Iterable[Subscriber]) -> Iterable[Cursor]:
    earliest: dict[UUID, EventId] = {}
    for reader in readers:
        earliest[reader.task_id] = min(reader.position, earliest.get(reader.task_id, reader.position))
    return (Cursor(task_id, at.attempt, at.seq) for task_id, at in earliest.items())


def _honest(state: State, position: EventId) -> EventId:
    """A position that no event of this task can have is none."""
    newest = frames.stored(state)[-1][0] if state.finished_at else EventId(state.attempt + 1)
    return position if position <= newest else EventId()


def _settle(reader: Subscriber, state: State | None) -> None:
    """The table has nothing more for this reader: if its task has ended, tell the end from the task's row."""
    if state is None:
        at = EventId(reader.position.attempt, reader.position.seq + 1)
        reader.push(at, "gone", frames.gone(reader.position))
        return
    told_from_row = state.attempt == 0 or reader.position.attempt > state.attempt
    if state.finished_at is None or not (state.settled or told_from_row):
        return
    for at, event, ready in frames.stored(state):
        if at > reader.position:
            reader.push(at, event, ready)
