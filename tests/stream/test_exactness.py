"""Connections that are cut anywhere: who comes back with the last id loses nothing and sees nothing twice."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from support import running_tasks
from support.cut_line import CutLine
from support.event_reader import Event, check_whole, parse
from support.running_tasks import STUDENT, done, token, tokens
from support.service import service
from support.students import bearer

from app.db import engine, stream
from app.db.stream import Chunk

SAID = ["The President ", "must be 35 [1].", "\nअनुच्छेद 58 😀 ", 'data: x\n\nid: 9.9\n"\\', "x" * 5_000, " end."] * 2


class Line(CutLine):
    """With a client of the student at its end, who makes a new connection each time."""

    client: httpx.AsyncClient


@pytest.fixture
async def line(database: str) -> AsyncIterator[Line]:
    """A wire to an API over this test's database."""
    once = httpx.Limits(max_keepalive_connections=0)
    with service(database) as url:
        async with (
            Line(int(url.rpartition(":")[2])).running() as line,
            httpx.AsyncClient(base_url=line.url, headers=bearer(STUDENT), timeout=20, limits=once) as line.client,
        ):
            yield line


@pytest.fixture
async def pool(database: str) -> AsyncIterator[engine.Pool]:
    async with engine.open_pool(database, application="tests", size=2) as made:
        yield made


@pytest.fixture
async def worker(database: str) -> AsyncIterator[engine.Connection]:
    connection = await engine.connect(database, application="tests-worker", settings=stream.WRITER_SETTINGS)
    yield connection
    await connection.close()


def _whole_answer(task: UUID) -> list[Chunk]:
    """All chunks of an answer but the last."""
    sources = Chunk(task, 1, 2, "sources", json.dumps([{"n": 1, "snippet": "s" * 200}]))
    return [Chunk(task, 1, 1, "status", '{"stage":"writing"}'), sources, *tokens(task, SAID, first=3)]


async def _connect(line: Line, task: UUID, after: str | None) -> bytes:
    """What one connection brings until it is cut or the stream ends."""
    raw = b""
    try:
        async with line.client.stream("GET", f"/stream/{task}", headers={"Last-Event-ID": after or ""}) as response:
            assert response.status_code == 200
            async for piece in response.aiter_raw():
                raw += piece
    except httpx.TransportError:
        pass
    return raw


async def _resumed(line: Line, task: UUID, cuts: list[int]) -> list[Event]:
    """All events of a client whose connections are cut after so many bytes each, and then no more."""
    seen: list[Event] = []
    for most in [*cuts, None]:
        line.most = most
        seen += parse(await _connect(line, task, seen[-1].id if seen else None))
        if seen and seen[-1].name == "done":
            break
    return seen


async def test_cut_at_every_event_and_at_200_places_between_it_joins_to_the_stored_answer(
    line: Line, pool: engine.Pool, worker: engine.Connection
) -> None:
    random.seed(4)
    (task,) = await running_tasks.begin(pool)
    chunks = _whole_answer(task)
    await stream.append(worker, chunks)
    answer = await running_tasks.finish(pool, task, text="".join(SAID), last_seq=len(chunks) + 1)
    await stream.append(worker, [done(task, len(chunks) + 1, answer)])
    whole = await _on_the_wire(line, task)
    # The line counts the response's head and chunk sizes too: places in them are cut at as well.
    boundaries = [place + 2 for place in range(len(whole)) if whole[place : place + 2] == b"\n\n"]
    places = sorted({*boundaries, *random.sample(range(1, len(whole)), 200)})
    for place in places:
        assert check_whole(await _resumed(line, task, [place])) == answer
    assert len(boundaries) == len(chunks) + 2
    assert line.cuts >= len(places) - 2


async def _on_the_wire(line: Line, task: UUID) -> bytes:
    """Every byte of the whole stream's response."""
    line.most = None
    reader, writer = await asyncio.open_connection("127.0.0.1", int(line.url.rpartition(":")[2]))
    head = "".join(f"{name}: {value}\r\n" for name, value in bearer(STUDENT).items())
    writer.write(f"GET /stream/{task} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}\r\n".encode())
    async with asyncio.timeout(20):
        raw = await reader.read()
    writer.close()
    return raw


async def test_live_streams_that_are_cut_all_the_time_join_to_the_stored_answers(
    line: Line, pool: engine.Pool, worker: engine.Connection
) -> None:
    random.seed(5)
    ids = await running_tasks.begin(pool, count=10)
    line.most = None
    answers: dict[UUID, dict] = {}

    async def write() -> None:
        for seq in range(1, 81):
            await stream.append(worker, [token(task, seq, f"word {seq} ") for task in ids])
            await asyncio.sleep(0.02)
        for task in ids:
            text = "".join(f"word {seq} " for seq in range(1, 81))
            answers[task] = await running_tasks.finish(pool, task, text=text, last_seq=81)
            await stream.append(worker, [done(task, 81, answers[task])])

    async def read(task: UUID) -> list[Event]:
        seen: list[Event] = []
        while not (seen and seen[-1].name == "done"):
            # Its head alone is some 700 bytes, so that each connection brings a few events.
            line.most = random.randrange(800, 2_000)
            seen += parse(await _connect(line, task, seen[-1].id if seen else None))
        return seen

    async with asyncio.timeout(50):
        _, *read_all = await asyncio.gather(write(), *(read(task) for task in ids))
    for task, seen in zip(ids, read_all, strict=True):
        assert check_whole(seen) == answers[task]
    assert line.cuts >= 5 * len(ids)
