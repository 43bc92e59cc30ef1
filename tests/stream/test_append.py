"""The statement that stores and tells chunks: what shares a row, what shares a payload, and how it is planned."""

import json
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from support import running_tasks
from support.running_tasks import token, tokens
from support.stack import until

from app.db import engine, stream
from app.db.stream import Chunk


@pytest.fixture
async def pool(database: str) -> AsyncIterator[engine.Pool]:
    async with engine.open_pool(database, application="tests", size=3, settings=stream.READER_SETTINGS) as made:
        yield made


@pytest.fixture
async def worker(database: str) -> AsyncIterator[engine.Connection]:
    """As the stream writer's."""
    connection = await engine.connect(database, application="tests-worker", settings=stream.WRITER_SETTINGS)
    yield connection
    await connection.close()


class Heard:
    """The payloads that a channel brought."""

    def __init__(self) -> None:
        self.payloads: list[str] = []

    @property
    def chunks(self) -> list[Chunk]:
        return [chunk for one in self.payloads for run in stream.parse(one) for chunk in stream.events(run)]


@pytest.fixture
async def listen(database: str) -> AsyncIterator:
    """Gives a function that listens on a channel."""
    connections = []

    async def listen_on(channel: str) -> Heard:
        heard, connection = Heard(), await engine.connect(database, application="tests")
        connections.append(connection)
        await connection.add_listener(channel, lambda *said: heard.payloads.append(said[3]))
        return heard

    yield listen_on
    for connection in connections:
        await connection.close()


def test_a_run_is_one_tasks_events_of_one_name_that_follow_each_other() -> None:
    one, two = uuid4(), uuid4()
    sources = Chunk(one, 1, 4, "sources", "[]")
    chunks = [token(one, 1, "a"), token(two, 1, "x"), token(one, 2, "b"), token(one, 3, "c"), sources,
              token(one, 5, "d"), token(one, 6, "e", attempt=2), token(two, 3, "z")]  # fmt: skip
    rows = stream.runs(chunks)

    assert [(row.task_id, row.attempt, row.seq, row.event) for row in rows] == [
        (one, 1, 3, "token"), (two, 1, 1, "token"), (one, 1, 4, "sources"), (one, 1, 5, "token"), (one, 2, 6, "token"),
        (two, 1, 3, "token"),
    ]  # fmt: skip
    whole = [chunk for row in rows for chunk in stream.events(row)]
    assert sorted(whole) == sorted(chunks)
    assert [stream.first_seq(row) for row in rows] == [1, 1, 4, 5, 6, 3]


async def test_a_reader_between_two_events_of_a_run_gets_the_rest_of_it(
    pool: engine.Pool, worker: engine.Connection
) -> None:
    (task,) = await running_tasks.begin(pool)
    await stream.append(worker, tokens(task, ["a", "b", "c"]))

    assert await pool.fetchval("SELECT count(*) FROM chat.stream_chunks") == 1
    # Whoever has some of them drops those again.
    found = await stream.read_after(pool, [stream.Cursor(task, 1, 2)])
    assert found[-1] == token(task, 3, "c")


async def test_the_same_chunks_again_are_stored_once(pool: engine.Pool, worker: engine.Connection) -> None:
    ids = await running_tasks.begin(pool, count=3)
    chunks = [chunk for task in ids for chunk in tokens(task, ["a", "b"])]
    await stream.append(worker, chunks[:3])
    for _ in range(2):
        await stream.append(worker, chunks[:3], again=True)
    await stream.append(worker, chunks, again=True)

    assert set(await stream.read_after(pool, [stream.Cursor(task, 0, 0) for task in ids])) == set(chunks)


async def test_payloads_stay_under_7900_bytes_and_tell_everything_in_order(
    pool: engine.Pool, worker: engine.Connection, listen
) -> None:
    ids = await running_tasks.begin(pool, count=60)
    channels = {f"api_{number}": await listen(f"api_{number}") for number in range(3)}
    for number, task in enumerate(ids):
        for channel in list(channels)[: number % 3 + 1]:
            await stream.subscribe(pool, task, channel=channel)
    # Names change in between, so that a task has many rows in one statement; bytes, not characters, are counted.
    events = [("status", "{}"), ("token", json.dumps({"text": "अ😀é" * 130}, ensure_ascii=False)), ("route", "{}"),
              ("token", json.dumps({"text": "x" * 3_700})), ("token", json.dumps({"text": "y"}))]  # fmt: skip
    chunks = [Chunk(task, 1, seq, *event) for seq, event in enumerate(events, start=1) for task in ids]
    await stream.append(worker, chunks)
    for number, heard in enumerate(channels.values()):
        wanted = [chunk for chunk in chunks if ids.index(chunk.task_id) % 3 >= number]
        await until(lambda heard=heard, wanted=wanted: len(heard.chunks) >= len(wanted), 10, "all heard")
        assert max(len(payload.encode()) for payload in heard.payloads) <= 7_900
        assert sorted(heard.chunks) == sorted(wanted)
        for task in ids:
            seqs = [chunk.seq for chunk in heard.chunks if chunk.task_id == task]
            assert seqs == sorted(seqs)


async def test_few_channels_get_few_payloads(pool: engine.Pool, worker: engine.Connection, listen) -> None:
    ids = await running_tasks.begin(pool, count=300)
    heard = await listen("api_one")
    await stream.resubscribe(pool, ids, channel="api_one")
    await stream.append(worker, [token(task, 1, "some words of an answer") for task in ids])
    await until(lambda: len(heard.chunks) == len(ids), 10, "all heard")

    assert len(heard.payloads) == -(-sum(len(payload.encode()) for payload in heard.payloads) // 7_000)


async def test_a_statement_first_planned_on_empty_tables_scans_none_of_them_later(
    pool: engine.Pool, worker: engine.Connection
) -> None:
    """As after a quiet night: a plan that scans them would be kept, and scan them once for each chunk."""
    await pool.execute("VACUUM ANALYZE chat.stream_chunks, chat.stream_subscribers, chat.tasks")
    for _ in range(10):
        await stream.append(worker, [token(uuid4(), 1, "of nobody")])
    ids = await running_tasks.begin(pool, count=1_000)
    await stream.resubscribe(pool, ids, channel="api_one")
    before = await _scanned(worker)
    assert await stream.append(worker, [token(task, 1, "a") for task in ids]) == []
    await stream.append(worker, [token(task, 1, "a") for task in ids], again=True)

    assert await _scanned(worker) == before


async def _scanned(connection: engine.Connection) -> int:
    """Sequential scans of the tables that the statement reads, by this connection."""
    await connection.execute("SELECT pg_stat_force_next_flush()")
    return await connection.fetchval(
        "SELECT sum(pg_stat_get_numscans(name::regclass)) FROM unnest($1::text[]) AS name",
        ["chat.tasks", "chat.stream_subscribers", "chat.stream_chunks"],
    )


async def test_every_chunk_of_an_attempt_that_is_over_is_refused_and_named_once(
    pool: engine.Pool, worker: engine.Connection
) -> None:
    stale, healthy, gone = *await running_tasks.begin(pool, count=2), UUID(int=1)
    await running_tasks.raise_attempt(pool, stale)
    chunks = [*tokens(stale, ["a", "b"]), *tokens(healthy, ["c"]), *tokens(gone, ["d"])]
    refused = await stream.append(worker, [chunks[0], chunks[2], chunks[1], chunks[3]])

    assert sorted(refused) == sorted([(stale, 1), (gone, 1)])
    assert await stream.read_after(pool, [stream.Cursor(task, 0, 0) for task in (stale, healthy, gone)]) == [chunks[2]]
