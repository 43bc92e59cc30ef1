"""The one writer of a worker: what is added is in the table once, in order, whatever happens to the connection."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from support import running_tasks
from support.running_tasks import token, tokens
from support.stack import until

from app.db import engine, stream
from app.db.stream import Chunk
from app.jobs import stream_writer
from app.jobs.stream_writer import StreamWriter
from app.jobs.tick import Tick

HOSTILE = [
    "two\nlines\r\nand\rthree",
    "\u2028\u2029\x85\x0b\x0c",
    "data: x\n\nid: 9.9\nevent: done\n\n",
    "😀🇮🇳 अनुच्छेद क्ष्‍त्र",
    '"\\u0000" \\ \x00 \x1f',
    "%s %1$s $1 '; --",
    "",
    " ",
]


@dataclass
class Written:
    """A writer at work on a database, and which attempts it was told are fenced."""

    writer: StreamWriter
    pool: engine.Pool
    fenced: list[tuple[UUID, int]] = field(default_factory=list)

    async def table(self, task: UUID) -> list[tuple[int, int, str]]:
        """(attempt, seq, text) of this task's tokens, in the table's order of seq."""
        await asyncio.wait_for(self.writer.drain(), 20)
        rows = await self.pool.fetch(
            "SELECT task_id, attempt, seq, event, data FROM chat.stream_chunks WHERE task_id = $1"
            " ORDER BY attempt, seq",
            task,
        )
        chunks = [chunk for row in rows for chunk in stream.events(Chunk(*row.values()))]
        return [(chunk.attempt, chunk.seq, json.loads(chunk.data or "")["text"]) for chunk in chunks]


@asynccontextmanager
async def _writing(dsn: str, tick: Tick | None = None) -> AsyncIterator[Written]:
    async with engine.open_pool(dsn, application="tests", size=4) as pool:
        fenced: list[tuple[UUID, int]] = []
        writer = StreamWriter(dsn, fenced=lambda task, attempt: fenced.append((task, attempt)), tick=tick)
        running = asyncio.create_task(writer.run())
        try:
            yield Written(writer, pool, fenced)
        finally:
            running.cancel()
            await asyncio.wait([running])
            assert running.cancelled(), "the writer ended by itself"


@pytest.fixture
async def writing(database: str) -> AsyncIterator[Written]:
    async with _writing(database) as written:
        yield written


async def test_chunks_of_many_streams_share_a_statement(writing: Written) -> None:
    tasks = await running_tasks.begin(writing.pool, count=50)
    for seq in range(1, 21):
        for task in tasks:
            writing.writer.add(token(task, seq, f"w{seq} "))
        await asyncio.sleep(0.005)
    expected = [(1, seq, f"w{seq} ") for seq in range(1, 21)]
    assert [await writing.table(task) for task in tasks] == [expected] * 50
    assert writing.writer.statements <= 30


async def test_more_than_one_statement_takes_is_written_by_the_next_ones_without_a_tick(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_writer, "_MOST", 100)
    async with _writing(database, Tick(30, 30)) as writing:
        tasks = await running_tasks.begin(writing.pool, count=50)
        for seq in range(1, 9):
            for task in tasks:
                writing.writer.add(token(task, seq, f"w{seq} "))
        await until(lambda: writing.writer.statements == 4, 10, "four full statements")
        assert [await writing.table(task) for task in tasks] == [[(1, seq, f"w{seq} ") for seq in range(1, 9)]] * 50


async def test_urgent_chunks_do_not_wait_for_the_tick(database: str) -> None:
    async with _writing(database, Tick(30, 30)) as writing:
        (task,) = await running_tasks.begin(writing.pool)
        writing.writer.add(token(task, 1, "a"))
        await asyncio.sleep(0.2)
        assert writing.writer.statements == 0
        began = time.monotonic()
        writing.writer.add(token(task, 2, "b"), urgent=True)
        assert await writing.table(task) == [(1, 1, "a"), (1, 2, "b")]
        assert time.monotonic() - began < 5


async def test_chunks_of_a_fenced_attempt_are_refused_and_reported(writing: Written) -> None:
    stale, healthy = await running_tasks.begin(writing.pool, count=2)
    writing.writer.add(token(stale, 1, "kept"))
    await writing.writer.drain()
    await running_tasks.raise_attempt(writing.pool, stale)
    writing.writer.add(token(stale, 2, "refused"))
    writing.writer.add(token(healthy, 1, "kept too"))
    assert await writing.table(stale) == [(1, 1, "kept")]
    assert await writing.table(healthy) == [(1, 1, "kept too")]
    assert writing.fenced == [(stale, 1)]


async def test_a_killed_connection_loses_and_doubles_nothing(writing: Written) -> None:
    tasks = await running_tasks.begin(writing.pool, count=20)
    for seq in range(1, 101):
        for task in tasks:
            writing.writer.add(token(task, seq, str(seq)))
        if seq % 25 == 0:
            await writing.pool.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'prashna-stream-writer' AND datname = current_database()"
            )
        await asyncio.sleep(0.01)
    expected = [(1, seq, str(seq)) for seq in range(1, 101)]
    assert [await writing.table(task) for task in tasks] == [expected] * 20


async def test_a_connection_killed_within_its_statement_loses_and_doubles_nothing(writing: Written) -> None:
    (task,) = await running_tasks.begin(writing.pool)
    async with writing.pool.acquire() as blocker, blocker.transaction():
        await blocker.execute("LOCK TABLE chat.stream_chunks IN EXCLUSIVE MODE")
        for chunk in tokens(task, ["a", "b", "c"]):
            writing.writer.add(chunk, urgent=True)
        await asyncio.sleep(0.3)
        killed = await writing.pool.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND application_name = 'prashna-stream-writer' AND datname = current_database()"
        )
        assert killed == 1
    assert await writing.table(task) == [(1, 1, "a"), (1, 2, "b"), (1, 3, "c")]


async def test_a_statement_that_takes_too_long_is_tried_again(writing: Written, database: str) -> None:
    (task,) = await running_tasks.begin(writing.pool)
    async with writing.pool.acquire() as blocker, blocker.transaction():
        await blocker.execute("LOCK TABLE chat.stream_chunks IN EXCLUSIVE MODE")
        writing.writer.add(token(task, 1, "patient"), urgent=True)
        await asyncio.sleep(0.2)
        cancelled = await writing.pool.fetchval(
            "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND application_name = 'prashna-stream-writer' AND datname = current_database()"
        )
        assert cancelled == 1
    assert await writing.table(task) == [(1, 1, "patient")]


async def test_hostile_text_comes_back_as_it_was_by_table_and_by_notification(writing: Written, database: str) -> None:
    (task,) = await running_tasks.begin(writing.pool)
    async with _heard(database, writing.pool, [task]) as heard:
        for chunk in tokens(task, HOSTILE):
            writing.writer.add(chunk)
        assert [text for _, _, text in await writing.table(task)] == HOSTILE
        assert [text for _, _, text in await heard(len(HOSTILE))] == HOSTILE


async def test_half_a_character_fails_its_own_task_not_the_writer(writing: Written) -> None:
    (task,) = await running_tasks.begin(writing.pool)
    with pytest.raises(UnicodeEncodeError):
        writing.writer.add(token(task, 1, "\ud800"))
    writing.writer.add(token(task, 1, "whole"))
    assert await writing.table(task) == [(1, 1, "whole")]


async def test_no_notification_is_too_long_and_big_chunks_go_by_reference(writing: Written, database: str) -> None:
    tasks = await running_tasks.begin(writing.pool, count=4)
    # Around the limit of one payload in bytes, in characters of one, two, three and four bytes.
    texts = [unit * count for unit in "aéअ😀" for count in (1, 900, 950, 1_262, 1_263, 1_900, 3_780, 3_800, 9_000)]
    async with _heard(database, writing.pool, tasks) as heard:
        for task in tasks:
            for chunk in tokens(task, texts):
                writing.writer.add(chunk)
        for task in tasks:
            assert [text for _, _, text in await writing.table(task)] == texts
        for _, seq, text in await heard(len(tasks) * len(texts)):
            size = len(json.dumps({"text": texts[seq - 1]}, ensure_ascii=False).encode())
            assert text == (texts[seq - 1] if size <= 3_800 else None)


@asynccontextmanager
async def _heard(dsn: str, pool: engine.Pool, tasks: list[UUID]) -> AsyncIterator:
    """Subscribes a listener; gives a function that waits for so many chunks: (task, seq, text or None)."""
    connection = await engine.connect(dsn, application="tests")
    chunks: list[Chunk] = []

    def hear(*said: Any) -> None:
        chunks.extend(chunk for run in stream.parse(said[3]) for chunk in stream.events(run))

    await connection.add_listener("api_tests", hear)
    for task in tasks:
        await stream.subscribe(pool, task, channel="api_tests")

    async def heard(count: int) -> list[tuple[UUID, int, str | None]]:
        await until(lambda: len(chunks) >= count, 10, f"{count} chunks heard")
        return [(one.task_id, one.seq, json.loads(one.data)["text"] if one.data else None) for one in chunks]

    yield heard
    await connection.close()
