"""How an answer ends that is not simply finished: stopped by its student, or its worker told to go."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
from support.event_reader import Event, check_whole, events
from support.stack import Stack, task_id, until

from app.db import engine
from app.jobs import worker
from app.settings import Settings

QUESTION = "What is the minimum age to be elected President?"


async def _begun(stack: Stack, student: httpx.AsyncClient, question: str = QUESTION) -> UUID:
    """A question whose first words are in the table."""
    task = task_id(await student.post("/chat", json={"query": question}))
    await _shown(stack, task)
    return task


async def _shown(stack: Stack, task: UUID) -> None:
    await until(
        lambda: stack.pool.fetchval(
            "SELECT count(*) FROM chat.stream_chunks WHERE task_id = $1 AND event = 'token'", task
        ),
        10,
        "first words",
    )


async def test_a_stop_in_the_middle_ends_within_two_seconds_with_what_was_shown(stack: Stack) -> None:
    stack.provider.tokens_per_second = 15
    async with stack.student() as student:
        task = await _begun(stack, student)
        following = asyncio.create_task(events(student, task))
        asked = time.monotonic()
        assert (await student.post(f"/tasks/{task}/stop")).status_code == 202
        seen: list[Event] = await following
        assert time.monotonic() - asked < 2
        answer = check_whole(seen)
        assert (answer["stopped"], answer["cached"], answer["refused"]) == (True, False, False)
        assert "eligible" in answer["text"]
        assert [one["n"] for one in answer["citations"]] == [1]
        assert (await student.get(f"/tasks/{task}")).json() == answer
        assert await stack.pool.fetchval("SELECT count(*) FROM cache.entries") == 0
        await asyncio.to_thread(stack.provider.wait_idle, 2)
        assert stack.provider.asked("chat", "gpt-4.1")[-1].client_left


async def test_a_stopped_question_costs_its_unit_and_is_asked_anew(stack: Stack) -> None:
    stack.provider.tokens_per_second = 15
    async with stack.student() as student:
        task = await _begun(stack, student)
        await student.post(f"/tasks/{task}/stop")
        await events(student, task)
        stack.provider.tokens_per_second = 0
        again = await student.post("/chat", json={"query": QUESTION})
        assert (again.status_code, again.json()["quota"]["remaining"]) == (202, 98)
        assert not check_whole(await events(student, task_id(again)))["stopped"]


async def test_leaving_the_stream_does_not_stop_the_answer(stack: Stack) -> None:
    stack.provider.tokens_per_second = 40
    async with stack.student() as student:
        task = await _begun(stack, student)
        async with student.stream("GET", f"/stream/{task}") as response:
            async for _ in response.aiter_raw():
                break
        await until(
            lambda: stack.pool.fetchval("SELECT status = 'done' FROM chat.tasks WHERE id = $1", task), 10, "end"
        )
        assert not check_whole(await events(student, task))["stopped"]


async def test_on_sigterm_a_worker_finishes_its_answer_and_leaves_cleanly(stack: Stack) -> None:
    stack.provider.tokens_per_second = 40
    leaving = stack.workers[0]
    said_before = len(leaving.said())
    async with stack.student() as student:
        task = await _begun(stack, student)
        leaving.send(signal.SIGTERM)
        answer = check_whole(await events(student, task))
        assert not answer["stopped"]
        assert await stack.pool.fetchval("SELECT attempt FROM chat.tasks WHERE id = $1", task) == 1
    assert await leaving.ended() == 0
    assert "Traceback" not in leaving.said()[said_before:]
    assert await stack.pool.fetchval("SELECT count(*) FROM queue_chat.procrastinate_jobs") == 0


async def test_what_a_leaving_worker_cannot_finish_goes_back_to_the_queue(stack: Stack, monkeypatch) -> None:
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.2)
    stack.provider.tokens_per_second = 20
    staying = stack.workers[0]
    async with _worker_here(stack) as leaving, stack.student() as student:
        staying.send(signal.SIGSTOP)
        await asyncio.sleep(0.5)
        task = await _begun(stack, student)
        following = asyncio.create_task(events(student, task))
        leaving.cancel()
        await asyncio.wait([leaving])
        row = await stack.pool.fetchrow(
            """SELECT t.status AS task, t.attempt, j.status AS job
               FROM chat.tasks t JOIN queue_chat.procrastinate_jobs j ON j.id = t.job_id WHERE t.id = $1""",
            task,
        )
        assert dict(row) == {"task": "queued", "attempt": 1, "job": "todo"}
        stack.provider.tokens_per_second = 0
        staying.send(signal.SIGCONT)
        seen = await following
        check_whole(seen)
        assert seen[-1].attempt == 2


@asynccontextmanager
async def _worker_here(stack: Stack) -> AsyncIterator["asyncio.Task[None]"]:
    """A second worker, in this process, so that its grace can be short."""
    running = asyncio.create_task(worker.run(Settings.from_env(stack.environment), stack.dsn, "chat"))
    count = "SELECT count(*) = 2 FROM queue_chat.procrastinate_workers"
    try:
        await until(lambda: running.done() or stack.pool.fetchval(count), 60, "it is registered")
        assert not running.done(), running.exception()
        yield running
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_no_connection_is_held_while_a_model_talks(stack: Stack) -> None:
    stack.provider.tokens_per_second = 15
    async with stack.student() as student:
        task = await _begun(stack, student)
        await asyncio.sleep(0.3)
        watching = await engine.connect(stack.dsn, application="watch")
        busy = await watching.fetch(
            "SELECT application_name, state FROM pg_stat_activity"
            " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
        )
        await watching.close()
        await student.post(f"/tasks/{task}/stop")
        assert busy == []
