"""Whose lease is kept, and who is told that another attempt has taken over."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from support import locks
from support.questions import asked

from app.db import engine, enqueue
from app.jobs.answering import Answering
from app.jobs.leases import Leases, Running
from app.resources import open_resources
from app.settings import Settings


@pytest.mark.parametrize(
    ("attempt", "rising", "fenced"),
    [(1, False, True), (1, True, False), (2, False, False)],
    ids=["current", "being raised by its own worker", "raised"],
)
def test_refused_chunks_fence_the_attempt_that_is_current_here(attempt: int, rising: bool, fenced: bool) -> None:
    leases = Leases(pool=None)  # type: ignore[arg-type]
    running = Running(uuid4(), attempt, interrupt=lambda: None, rising=rising)
    leases.add(running)
    leases.fenced(running.task_id, 1)
    assert running.fenced is fenced


async def test_a_lease_is_kept_while_its_task_still_waits_for_a_connection(database: str) -> None:
    settings = Settings.from_env({"DATABASE_URL": database, "PRASHNA_JWT_SECRET": "x" * 32, "PRASHNA_POOL_SIZE": "2"})
    async with (
        open_resources(settings, database, application="test") as resources,
        engine.open_pool(database, application="test", size=2) as rows,
    ):
        question, unused, leases = asked("a student"), _unused(), Leases(rows)
        await enqueue.enqueue_one(rows, question, session_id=question.task_id)
        first = await resources.pool.acquire()
        async with rows.acquire() as locking, locking.transaction():
            await locking.execute("SELECT FROM chat.tasks WHERE id = $1 FOR UPDATE", question.task_id)
            answering = asyncio.create_task(Answering(resources, unused, unused, leases).answer(question.task_id))
            await locks.until_one_waits(rows)
            # The connection that it begins with goes to us next; what it needs then, it waits for in vain.
            waiting = asyncio.ensure_future(_connection(resources.pool))
            await asyncio.sleep(0)
        second = await waiting
        await asyncio.sleep(0.1)
        kept = set(leases._running)
        answering.cancel()
        for held in (first, second):
            await resources.pool.release(held)
        await asyncio.wait([answering])

        assert kept == {question.task_id}
        assert not leases._running


async def _connection(pool: engine.Pool) -> engine.Connection:
    return await pool.acquire()


def _unused() -> Any:
    """In place of what is needed only once the question is on its way."""
    return None
