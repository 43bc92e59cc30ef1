"""A running hub over a real database, and a connection that writes as a worker does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from support.event_reader import Event, parse
from support.running_tasks import STUDENT

from app.api.frames import EventId
from app.api.hub import Hub
from app.api.subscriber import Subscriber
from app.db import engine, stream, tasks
from app.db.stream import Chunk


@dataclass
class Streaming:
    """A running hub, its pool, and a connection that writes as a worker does."""

    dsn: str
    hub: Hub
    pool: engine.Pool
    worker: engine.Connection

    async def write(self, *chunks: Chunk) -> None:
        """Append and notify, as one tick of a worker does."""
        await stream.append(self.worker, chunks)

    async def attach(self, task: UUID, after: str | None = None) -> Subscriber:
        """A reader, as GET /stream makes one."""
        state = await tasks.state(self.pool, task, owner=STUDENT)
        assert state is not None
        return await self.hub.attach(state, EventId.parse(after))

    async def subscriptions(self) -> int:
        """How many tasks this or another hub has subscribed to."""
        return await self.pool.fetchval("SELECT count(*) FROM chat.stream_subscribers")


@asynccontextmanager
async def streaming_over(dsn: str) -> AsyncIterator[Streaming]:
    """A hub that runs for as long as the block."""
    async with engine.open_pool(dsn, application="tests", size=3, settings=stream.READER_SETTINGS) as pool:
        hub = Hub(dsn, pool)
        running = asyncio.create_task(hub.run())
        worker = await engine.connect(dsn, application="tests-worker", settings=stream.WRITER_SETTINGS)
        try:
            yield Streaming(dsn, hub, pool, worker)
        finally:
            running.cancel()
            await asyncio.wait([running])
            await worker.close()
            assert running.cancelled(), "the hub ended by itself"


async def whole(reader: Subscriber, seconds: float = 10) -> list[Event]:
    """Everything up to the end of the stream."""
    raw = b""
    async with asyncio.timeout(seconds):
        while data := await reader.take():
            raw += data
    return parse(raw)


async def some(streaming: Streaming, reader: Subscriber, count: int, seconds: float = 5) -> list[Event]:
    """The next `count` events."""
    raw = b""
    async with asyncio.timeout(seconds):
        while len(parse(raw)) < count:
            raw += await reader.take()
            streaming.hub.catch_up(reader)
    return parse(raw)


def texts(events: list[Event]) -> list[str]:
    """What the tokens among these say."""
    return [event.data["text"] for event in events if event.name == "token"]
