"""What a live worker's sweep makes good: jobs that vanished, jobs nobody knows of, jobs that kill."""

from uuid import UUID, uuid4

import asyncpg
import httpx
from support.event_reader import check_whole, events
from support.stack import Stack, task_id, until

QUESTION = "Who can declare a financial emergency?"

_ENQUEUE = "SELECT chat.enqueue($1, uuidv7(), $2, $3, lower($3), '{}', 'en', 'tests', $4)"


async def _accepted(connection: asyncpg.Connection, student: str) -> UUID:
    """A question accepted twenty seconds ago; in the caller's transaction, so that no worker has seen it yet."""
    task = uuid4()
    await connection.fetchval("SELECT chat.take_unit($1, 100)", student)
    await connection.execute(_ENQUEUE, student, task, QUESTION, task.bytes)
    await connection.execute(
        "UPDATE chat.tasks SET accepted_at = accepted_at - interval '20 seconds' WHERE id = $1", task
    )
    return task


async def _used(stack: Stack, student: str) -> int:
    return await stack.pool.fetchval("SELECT used FROM chat.rate_counters WHERE user_id = $1", student)


async def test_a_question_whose_job_is_gone_is_answered(stack: Stack) -> None:
    async with stack.pool.acquire() as connection, connection.transaction():
        task = await _accepted(connection, "lost-job")
        await connection.execute("DELETE FROM queue_chat.procrastinate_jobs")
    async with stack.student("lost-job") as student:
        check_whole(await events(student, task))


async def test_a_job_that_its_living_worker_never_heard_of_is_given_out_again(stack: Stack) -> None:
    async with stack.pool.acquire() as connection, connection.transaction():
        task = await _accepted(connection, "lost-fetch")
        await connection.execute(
            """UPDATE queue_chat.procrastinate_jobs SET status = 'doing',
                      worker_id = (SELECT max(id) FROM queue_chat.procrastinate_workers)"""
        )
        await connection.execute("UPDATE queue_chat.procrastinate_events SET at = at - interval '20 seconds'")
    async with stack.student("lost-fetch") as student:
        check_whole(await events(student, task))


async def test_a_task_that_has_ended_its_workers_three_times_fails_and_returns_its_unit(stack: Stack) -> None:
    async with stack.pool.acquire() as connection, connection.transaction():
        task = await _accepted(connection, "poison")
        await connection.execute("DELETE FROM queue_chat.procrastinate_jobs")
        await connection.execute(
            "UPDATE chat.tasks SET status = 'running', attempt = 3, runs = 3, lease_until = now() WHERE id = $1", task
        )
    assert await _used(stack, "poison") == 1
    async with stack.student("poison") as student:
        seen = await events(student, task)
        assert [(event.id, event.name) for event in seen] == [("4.1", "restart"), ("4.2", "error")]
        assert seen[-1].data["code"] == "poison"
        assert await _used(stack, "poison") == 0
        again = await student.get(f"/stream/{task}", headers={"Last-Event-ID": "4.2"})
        assert again.status_code == 204
        read = await student.get(f"/tasks/{task}")
        assert (read.status_code, read.json()["status"]) == (202, "failed")


async def test_a_job_that_runs_twice_answers_once(stack: Stack) -> None:
    stack.provider.first_token_ms = 500
    async with stack.student("twice") as student:
        task = task_id(await student.post("/chat", json={"query": QUESTION}))
        await stack.pool.execute("SELECT chat.defer_answer($1), chat.defer_answer($1)", task)
        answer = check_whole(await events(student, task))
        await stack.pool.execute("SELECT chat.defer_answer($1)", task)
        await until(lambda: _no_jobs(stack), 5, "all jobs done")
        assert (await student.get(f"/tasks/{task}")).json() == answer
    turns = await stack.pool.fetchval("SELECT count(*) FROM chat.turns WHERE task_id = $1", task)
    runs = await stack.pool.fetchval("SELECT runs FROM chat.tasks WHERE id = $1", task)
    assert (turns, runs, len(stack.provider.asked("chat", "gpt-4.1"))) == (2, 1, 1)


async def test_a_worker_whose_job_was_taken_away_answers_and_goes_on(stack: Stack) -> None:
    stack.provider.first_token_ms = 500
    async with stack.student() as student:
        task = task_id(await student.post("/chat", json={"query": QUESTION}))
        await until(lambda: _status(stack, task, "running"), 5, "running")
        await stack.pool.execute("DELETE FROM queue_chat.procrastinate_jobs")
        check_whole(await events(student, task))
        stack.provider.first_token_ms = 0
        await until(lambda: "job.taken_away" in stack.workers[0].said(), 5, "it has noticed")
        check_whole(await _ask(student, "What is the basic structure doctrine?"))
    assert "Traceback" not in stack.workers[0].said()


async def test_a_job_left_behind_by_an_ended_task_is_removed(stack: Stack) -> None:
    async with stack.student() as student:
        task = task_id(await student.post("/chat", json={"query": QUESTION}))
        check_whole(await events(student, task))
    async with stack.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT chat.defer_answer($1)", task)
        await connection.execute(
            """UPDATE queue_chat.procrastinate_jobs SET status = 'doing',
                      worker_id = (SELECT max(id) FROM queue_chat.procrastinate_workers)"""
        )
        await connection.execute(
            "UPDATE chat.tasks SET finished_at = finished_at - interval '20 seconds' WHERE id = $1", task
        )
    await until(lambda: _no_jobs(stack), 5, "the job is gone")


async def _ask(student: httpx.AsyncClient, question: str) -> list:
    return await events(student, task_id(await student.post("/chat", json={"query": question})))


async def _no_jobs(stack: Stack) -> bool:
    return await stack.pool.fetchval("SELECT count(*) = 0 FROM queue_chat.procrastinate_jobs")


async def _status(stack: Stack, task: UUID, wanted: str) -> bool:
    return await stack.pool.fetchval("SELECT status = $2 FROM chat.tasks WHERE id = $1", task, wanted)
