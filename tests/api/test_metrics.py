"""What /metrics tells an operator: queue, cache, streams, pools, and the same whichever process is asked."""

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from support import running_tasks
from support.service import client, service
from support.stack import Stack, open_stack, until
from support.students import bearer

from app.agents import closing
from app.db import engine, stream
from app.db.stream import Chunk
from evals.bench import processes


@pytest.fixture
async def own(database: str) -> AsyncIterator[httpx.AsyncClient]:
    """A student of an API over a database of the test's own, which no worker works on."""
    with service(database) as url:
        async with client(url, bearer("a student")) as made:
            yield made


async def test_metrics_tell_how_many_runs_wait_and_for_how_long(own: httpx.AsyncClient) -> None:
    for question in ("what is article 19", "what is article 21"):
        assert (await own.post("/chat", json={"query": question})).status_code == 202

    await until(lambda: _reads(own, 'prashna_queue_runs{state="queued"}', 2.0), 10, "two runs are queued")
    assert await _value(own, 'prashna_queue_runs{state="running"}') == 0
    assert await _value(own, "prashna_chat_workers") == 0
    await until(lambda: _exceeds(own, "prashna_queue_oldest_seconds", 0.5), 10, "the oldest run gets older")


async def test_metrics_tell_open_streams_while_they_are_open(own: httpx.AsyncClient) -> None:
    asked = (await own.post("/chat", json={"query": "what is article 19"})).json()
    async with own.stream("GET", f"/stream/{asked['task_id']}") as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        assert await _value(own, "prashna_open_streams") == 1
    await until(lambda: _reads(own, "prashna_open_streams", 0.0), 10, "the stream is closed")


async def test_metrics_tell_how_the_pools_are_used(own: httpx.AsyncClient, database: str) -> None:
    assert await _value(own, 'prashna_pool_connections{pool="main",state="used"}') == 0
    async with engine.open_pool(database, application="test", size=1) as rows, rows.acquire() as holder:
        async with holder.transaction():
            await holder.execute("LOCK TABLE chat.sessions")
            waiting = asyncio.create_task(own.get("/sessions"))
            asking = asyncio.create_task(own.post("/chat", json={"query": "what is article 19"}))
            used = 'prashna_pool_connections{pool="main",state="used"}'
            await until(lambda: _reads(own, used, 1.0), 4, "one connection waits for the lock")
        assert {(await waiting).status_code, (await asking).status_code} == {200, 202}


async def test_metrics_count_hits_and_misses_of_the_cache(own: httpx.AsyncClient, database: str) -> None:
    names = ('prashna_questions_total{outcome="hit"}', 'prashna_questions_total{outcome="miss"}')
    before = [await _value(own, name) for name in names]
    await own.post("/chat", json={"query": "what is article 19"})
    assert [await _value(own, name) for name in names] == [before[0], before[1] + 1]


@pytest.mark.parametrize("last", ["error", "done"])
async def test_metrics_tell_waits_and_errors_by_specialist(database: str, last: str) -> None:
    names = [
        f'prashna_{figure}{{intent="essay"}}'
        for figure in ("first_words_seconds_count", "last_event_seconds_count", "errors_total")
    ]
    with service(database) as url:
        async with (
            client(url, bearer(running_tasks.STUDENT)) as own,
            engine.open_pool(database, application="test", size=1) as rows,
        ):
            before = [await _value(own, name) for name in names]
            (task,) = await running_tasks.begin(rows)
            async with own.stream("GET", f"/stream/{task}") as reading:
                lines = reading.aiter_lines()
                await anext(lines)
                await _write(rows, _essay(task, last))
                told = [line async for line in lines if line.startswith("event: ")]
            after = [await _value(own, name) for name in names]

    assert told == ["event: route", "event: token", f"event: {last}"]
    assert [now - then for then, now in zip(before, after, strict=True)] == [1, last == "done", 1]


def _essay(task: UUID, last: str) -> list[Chunk]:
    """An essay's stream that ends without an answer: by an error, or with what is said when no rung has answered."""
    answer = closing.left(task).model_dump(mode="json") | {"tier": "none"}
    ending = {"code": "poison", "message": "x"} if last == "error" else {"answer": answer}
    said = {"route": {"intent": "essay", "domains": [], "confidence": 1.0}, "token": {"text": "x"}, last: ending}
    return [Chunk(task, 1, seq, event, json.dumps(data)) for seq, (event, data) in enumerate(said.items(), start=1)]


async def _write(rows: engine.Pool, chunks: list[Chunk]) -> None:
    async with rows.acquire() as worker:
        await stream.append(worker, chunks)


@pytest.fixture
async def two_processes(database: str) -> AsyncIterator[Stack]:
    """`prashna serve` with two processes behind one port."""
    async with open_stack(database, PRASHNA_API_PROCESSES="2") as stack:
        await stack.start_api()
        yield stack


async def test_every_process_tells_what_all_have_counted_and_keeps_what_a_dead_one_had(two_processes: Stack) -> None:
    stack = two_processes
    asked = await asyncio.gather(*(_ask(stack, f"what is article {number}") for number in range(12)))
    assert {one.status_code for one in asked} == {202}
    counted = 'prashna_questions_total{outcome="miss"}'
    assert {await _told(stack, counted) for _ in range(8)} == {12.0}

    serving = _serving(stack)
    assert len(serving) == 2
    os.kill(serving[0], signal.SIGKILL)
    await until(lambda: len(_serving(stack)) == 2 and serving[0] not in _serving(stack), 30, "it is started again")
    assert {await _told(stack, counted) for _ in range(8)} == {12.0}
    # The dead one's connections are gone; with them the pools of two processes would be those of three.
    pool = 'prashna_pool_connections{pool="stream",state="idle"}'
    assert max([await _told(stack, pool) for _ in range(4)]) <= 2 * 3


def _serving(stack: Stack) -> list[int]:
    assert stack.api
    children = processes.children(stack.api.process.pid)
    return [pid for pid in children if any("spawn_main" in word for word in processes.command_line(pid))]


async def _ask(stack: Stack, question: str) -> httpx.Response:
    async with stack.student() as student:
        return await student.post("/chat", json={"query": question})


async def _told(stack: Stack, name: str) -> float:
    # A connection of its own each time, so that now the one and now the other process is asked.
    async with httpx.AsyncClient(base_url=stack.base, trust_env=False) as scraper:
        return await _value(scraper, name)


async def _reads(api: httpx.AsyncClient, name: str, value: float) -> bool:
    return await _value(api, name) == value


async def _exceeds(api: httpx.AsyncClient, name: str, value: float) -> bool:
    return await _value(api, name) > value


async def _value(api: httpx.AsyncClient, name: str) -> float:
    text = (await api.get("/metrics")).text
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0
