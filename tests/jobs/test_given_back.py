"""Runs that end while their worker lives: those that lost the database are not held against their question."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID

from support.event_reader import check_whole, events
from support.stack import Stack, task_id, until

from app.db import engine
from app.db.rescue import MAX_RUNS

QUESTION = "Who can declare a financial emergency?"
# The backends of the run with this number that search, ended.
_END_SEARCH = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'prashna-chat-worker' AND wait_event_type = 'Lock'
AND EXISTS (SELECT FROM chat.tasks WHERE id = $1 AND status = 'running' AND attempt = $2)
"""

# However long three runs take, the lock is held.
_PATIENT = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}


@asynccontextmanager
async def _passages_locked(stack: Stack) -> AsyncIterator[None]:
    """Whoever searches waits."""
    connection = await engine.connect(stack.dsn, application="tests", settings=_PATIENT)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE polity.chunks IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def _runs(stack: Stack, task: UUID) -> tuple[int, int]:
    return tuple(await stack.pool.fetchrow("SELECT attempt, runs FROM chat.tasks WHERE id = $1", task))


async def test_a_question_may_lose_its_database_more_often_than_its_worker(stack: Stack) -> None:
    async with stack.student() as student:
        async with _passages_locked(stack):
            task = task_id(await student.post("/chat", json={"query": QUESTION}))
            for number in range(1, MAX_RUNS + 1):
                ended = partial(stack.pool.fetchval, _END_SEARCH, task, number)
                await until(ended, 15, f"run {number} searches, and loses its database")
        check_whole(await events(student, task))
    assert await _runs(stack, task) == (MAX_RUNS + 1, 1)


async def test_a_question_that_fails_each_time_is_given_up_and_returns_its_unit(stack: Stack) -> None:
    async with stack.student("unlucky") as student:
        await stack.pool.execute("ALTER TABLE polity.chunks RENAME TO gone")
        try:
            task = task_id(await student.post("/chat", json={"query": QUESTION}))
            seen = await events(student, task)
        finally:
            await stack.pool.execute("ALTER TABLE polity.gone RENAME TO chunks")
    assert (seen[-1].name, seen[-1].data["code"]) == ("error", "poison")
    assert await _runs(stack, task) == (MAX_RUNS, 0)
    assert await stack.pool.fetchval("SELECT used FROM chat.rate_counters WHERE user_id = 'unlucky'") == 0
