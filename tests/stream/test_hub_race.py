"""Hundreds of streams are written while their readers come, go and come back with the id they last saw."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from support import running_tasks
from support.event_reader import Event, check_whole, parse
from support.running_tasks import STUDENT, done, token

from app.api import hub as hubs
from app.api.frames import EventId
from app.api.hub import Hub
from app.db import engine, stream, tasks
from app.jobs.stream_writer import StreamWriter
from app.jobs.tick import Tick

STREAMS = 300
CHUNKS = 40
# What one connection brings before it is cut.
EVENTS = (3, 6)


@asynccontextmanager
async def _bus(dsn: str) -> AsyncIterator[tuple[Hub, StreamWriter, engine.Pool]]:
    async with engine.open_pool(dsn, application="tests", size=3, settings=stream.READER_SETTINGS) as pool:
        hub, writer = Hub(dsn, pool), StreamWriter(dsn, fenced=lambda task, attempt: None, tick=Tick(0.02, 0.02))
        running = [asyncio.create_task(hub.run()), asyncio.create_task(writer.run())]
        try:
            yield hub, writer, pool
        finally:
            for one in running:
                one.cancel()
            await asyncio.wait(running)


async def _write(writer: StreamWriter, pool: engine.Pool, task: UUID) -> None:
    for seq in range(1, CHUNKS + 1):
        writer.add(token(task, seq, f"{seq} "), urgent=seq == 1)
        await asyncio.sleep(random.uniform(0, 0.06))
    answer = await running_tasks.finish(
        pool, task, text="".join(f"{n} " for n in range(1, CHUNKS + 1)), last_seq=CHUNKS + 1
    )
    writer.add(done(task, CHUNKS + 1, answer), urgent=True)


async def _read(hub: Hub, pool: engine.Pool, task: UUID) -> tuple[list[Event], int]:
    """Reads to the end over connections that are cut after a few events each; how often it came back."""
    seen: list[Event] = []
    connections = 0
    await asyncio.sleep(random.uniform(0, 1))
    while not (seen and seen[-1].name == "done"):
        connections += 1
        state = await tasks.state(pool, task, owner=STUDENT)
        assert state is not None
        reader = await hub.attach(state, EventId.parse(seen[-1].id if seen else None))
        brought: list[Event] = []
        most = random.randint(*EVENTS)
        while len(brought) < most and (data := await reader.take()):
            brought += parse(data)
            hub.catch_up(reader)
        hub.detach(reader)
        # The others were sent and have not come.
        seen += brought[:most]
    return seen, connections - 1


async def _race(dsn: str, streams: int = STREAMS) -> list[tuple[list[Event], int]]:
    random.seed(7)
    async with _bus(dsn) as (hub, writer, pool):
        ids = await running_tasks.begin(pool, count=streams)
        async with asyncio.timeout(55):
            *read, _ = await asyncio.gather(
                *(_read(hub, pool, task) for task in ids),
                asyncio.gather(*(_write(writer, pool, task) for task in ids)),
            )
    return read


async def test_after_2000_cuts_readers_have_lost_nothing_and_seen_nothing_twice(database: str) -> None:
    expected = [f"1.{seq}" for seq in range(1, CHUNKS + 2)]
    read = await _race(database)
    assert [[event.id for event in seen] for seen, _ in read] == [expected] * STREAMS
    assert all(check_whole(seen)["text"] == "".join(f"{seq} " for seq in range(1, CHUNKS + 1)) for seen, _ in read)
    assert sum(back for _, back in read) >= 2_000


async def test_without_the_repair_a_lost_wake_up_is_noticed_by_these_readers(database: str, monkeypatch) -> None:
    """Proof that the test above can fail: one notification never comes, and nobody looks into the table."""

    async def never(self: Hub) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(hubs.Hub, "_repair_for_ever", never)
    async with _bus(database) as (hub, writer, pool):
        (task,) = await running_tasks.begin(pool)
        state = await tasks.state(pool, task, owner=STUDENT)
        assert state is not None
        reader = await hub.attach(state, EventId())
        await pool.execute("DELETE FROM chat.stream_subscribers")
        writer.add(token(task, 1, "unheard"), urgent=True)
        await writer.drain()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                await reader.take()
