"""A task's row: who may see it, how it is stopped and judged, and what it can never be."""

from uuid import UUID

import asyncpg
import pytest
from support import questions
from support.questions import asked

from app.agents import closing
from app.db import engine, enqueue, stops, tasks


@pytest.fixture
async def task_id(pool: engine.Pool, student: str) -> UUID:
    """A queued task of the student."""
    question = asked(student)
    await enqueue.enqueue_one(pool, question, session_id=question.task_id)
    return question.task_id


async def test_a_task_is_its_owners(pool: engine.Pool, student: str, task_id: UUID) -> None:
    own = await tasks.state(pool, task_id, owner=student)

    assert own is not None
    assert (own.status, own.attempt, own.answer) == ("queued", 0, None)
    assert await tasks.state(pool, task_id, owner="stranger") is None


async def test_a_queued_task_that_is_stopped_ends_with_an_empty_stopped_answer(
    pool: engine.Pool, student: str, task_id: UUID
) -> None:
    status = await _stop(pool, task_id, student)
    state = await tasks.state(pool, task_id, owner=student)

    assert status == "done"
    assert state is not None
    assert state.answer is not None
    assert (state.answer["text"], state.answer["stopped"], state.answer["tier"]) == ("", True, "none")
    assert await tasks.start(pool, task_id) is None


async def test_a_running_task_that_is_stopped_hears_it_with_its_lease(
    pool: engine.Pool, student: str, task_id: UUID
) -> None:
    running = await tasks.start(pool, task_id)
    assert running is not None
    status = await _stop(pool, task_id, student)

    assert status == "running"
    assert await tasks.renew(pool, [(task_id, 1)]) == [tasks.Lease(task_id, 1, stop_requested=True)]


async def test_a_finished_task_that_is_stopped_stays_as_it_is(pool: engine.Pool, student: str, task_id: UUID) -> None:
    await questions.finish(pool, task_id)
    before = await pool.fetchrow("SELECT * FROM chat.tasks WHERE id = $1", task_id)
    status = await _stop(pool, task_id, student)

    assert status == "done"
    assert await pool.fetchrow("SELECT * FROM chat.tasks WHERE id = $1", task_id) == before


async def test_a_stranger_stops_nothing(pool: engine.Pool, task_id: UUID) -> None:
    assert await _stop(pool, task_id, "stranger") is None
    assert await pool.fetchval("SELECT stop_requested_at FROM chat.tasks WHERE id = $1", task_id) is None


async def test_a_later_verdict_replaces_the_earlier(pool: engine.Pool, student: str, task_id: UUID) -> None:
    for score, comment in ((0, "wrong"), (1, None)):
        assert await tasks.save_feedback(pool, task_id, owner=student, score=score, comment=comment)
    rows = await pool.fetch("SELECT score, comment FROM chat.feedback WHERE task_id = $1", task_id)

    assert [tuple(row) for row in rows] == [(1, None)]


async def test_a_stranger_judges_nothing(pool: engine.Pool, task_id: UUID) -> None:
    assert not await tasks.save_feedback(pool, task_id, owner="stranger", score=0, comment=None)


@pytest.mark.parametrize(
    "wrong",
    [
        "status = 'done'",
        "status = 'failed', finished_at = now()",
        "status = 'running'",
        "status = 'lost'",
        "answer = '{}'",
        "error_code = 'poison'",
        "finished_at = now()",
        "attempt = -1",
        "question = ''",
        "session_id = uuidv7()",
    ],
)
async def test_the_table_refuses_a_task_that_cannot_be(pool: engine.Pool, task_id: UUID, wrong: str) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await pool.execute(f"UPDATE chat.tasks SET {wrong} WHERE id = $1", task_id)


async def _stop(pool: engine.Pool, task_id: UUID, owner: str) -> str | None:
    nothing = closing.left(task_id).model_dump(mode="json")
    return await stops.request_stop(pool, task_id, owner=owner, answer=lambda shown: nothing)
