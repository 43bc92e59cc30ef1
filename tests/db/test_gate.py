"""What the gate decides, what it writes, and what it leaves alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from support import clock, library, questions, stored_answers
from support.questions import asked

from app.db import engine, enqueue, gate, sessions


async def test_a_new_question_is_a_miss_in_a_session_of_its_own(pool: engine.Pool, student: str) -> None:
    gated = await gate.gate(pool, asked(student), session_id=None, limit=100)

    assert (gated.outcome, gated.used, gated.answer) == ("miss", 1, None)
    assert gated.session_id is not None


async def test_a_miss_writes_nothing_but_the_counter(pool: engine.Pool, student: str) -> None:
    question = asked(student)
    await gate.gate(pool, question, session_id=None, limit=100)

    assert await pool.fetchval("SELECT count(*) FROM chat.tasks WHERE user_id = $1", student) == 0
    assert await pool.fetchval("SELECT count(*) FROM chat.sessions WHERE user_id = $1", student) == 0
    assert await pool.fetchval("SELECT used FROM chat.rate_counters WHERE user_id = $1", student) == 1


async def test_an_enqueued_question_has_its_session_task_turn_job_and_ticket(pool: engine.Pool, student: str) -> None:
    question = asked(student, "Who appoints the Governor?")
    gated = await gate.gate(pool, question, session_id=None, limit=100)
    assert gated.session_id is not None
    await enqueue.enqueue_one(pool, question, session_id=gated.session_id)
    row = await pool.fetchrow(
        """SELECT t.status, t.attempt, t.question, s.title, u.role, u.text, j.status::text AS job, k.kind
           FROM chat.tasks t JOIN chat.sessions s ON s.id = t.session_id AND s.user_id = t.user_id
           JOIN chat.turns u ON u.task_id = t.id JOIN queue_chat.procrastinate_jobs j ON j.id = t.job_id
           JOIN chat.stream_keys k ON k.task_id = t.id AND k.hash = $2 WHERE t.id = $1""",
        question.task_id,
        question.ticket_hash,
    )

    text = "Who appoints the Governor?"
    assert tuple(row) == ("queued", 0, text, text, "user", text, "todo", "ticket")


async def test_a_hit_is_a_finished_task_with_both_turns_and_the_answer_of_the_entry(
    pool: engine.Pool, student: str
) -> None:
    text = f"Hit of {student}?"
    placed = await library.place(pool)
    await stored_answers.keep(pool, text, placed)
    question = asked(student, text)
    gated = await gate.gate(pool, question, session_id=None, limit=100)
    row = await pool.fetchrow(
        """SELECT status, tier, cached, is_fallback, answer ->> 'task_id' AS told, array(
               SELECT role || ': ' || text FROM chat.turns WHERE task_id = t.id ORDER BY role DESC) AS turns
           FROM chat.tasks t WHERE id = $1""",
        question.task_id,
    )

    assert gated.outcome == "hit"
    assert gated.answer is not None
    assert gated.answer["citations"] == [placed.citation.model_dump(mode="json")]
    assert tuple(row) == (
        "done", "cache", True, False, str(question.task_id), [f"user: {text}", "assistant: Six freedoms [1]."],
    )  # fmt: skip


async def test_hits_are_counted_apart_from_the_entry(pool: engine.Pool, student: str) -> None:
    text = f"Counted for {student}?"
    await stored_answers.keep(pool, text, await library.place(pool))
    for _ in range(3):
        await gate.gate(pool, asked(student, text), session_id=None, limit=100)

    hits = await pool.fetchval(
        "SELECT h.hits FROM cache.entry_hits h JOIN cache.entries e ON e.id = h.entry_id WHERE e.question = $1", text
    )
    assert hits == 3


async def test_a_question_over_the_limit_takes_and_writes_nothing(pool: engine.Pool, student: str) -> None:
    text = f"Limited for {student}?"
    await stored_answers.keep(pool, text, await library.place(pool))
    await gate.gate(pool, asked(student), session_id=None, limit=1)
    gated = await gate.gate(pool, asked(student, text), session_id=None, limit=1)

    assert (gated.outcome, gated.used, gated.answer) == ("limited", 1, None)
    assert await pool.fetchval("SELECT used FROM chat.rate_counters WHERE user_id = $1", student) == 1
    assert await pool.fetchval("SELECT count(*) FROM chat.tasks WHERE user_id = $1", student) == 0


@pytest.mark.parametrize("whose", ["nobody's", "another student's", "deleted"])
async def test_a_session_that_is_not_the_students_costs_nothing(pool: engine.Pool, student: str, whose: str) -> None:
    session_id = uuid4()
    now = await pool.fetchval("SELECT ops.now()")
    if whose != "nobody's":
        owner = student if whose == "deleted" else f"not-{student}"
        await questions.exchange(pool, session_id, owner, at=now, answered=now)
    if whose == "deleted":
        await pool.execute("UPDATE chat.sessions SET deleted_at = now() WHERE id = $1", session_id)
    gated = await gate.gate(pool, asked(student), session_id=session_id, limit=100)

    assert (gated.outcome, gated.used) == ("no_session", 0)
    assert await pool.fetchval("SELECT count(*) FROM chat.rate_counters WHERE user_id = $1", student) == 0


async def test_a_follow_up_in_a_live_window_passes_the_cache_by(own: engine.Pool, student: str) -> None:
    session_id = uuid4()
    text = "And its exceptions?"
    await stored_answers.keep(own, text, await library.place(own))
    now = await own.fetchval("SELECT ops.now()")
    await questions.exchange(own, session_id, student, at=now, answered=now)
    in_window = await gate.gate(own, asked(student, text), session_id=session_id, limit=100)
    async with own.acquire() as connection:
        await clock.move(connection, sessions.WINDOW_IDLE + timedelta(seconds=1))
    after_window = await gate.gate(own, asked(student, text), session_id=session_id, limit=100)

    assert (in_window.outcome, after_window.outcome) == ("miss", "hit")


async def test_a_question_makes_its_session_the_latest(pool: engine.Pool, student: str) -> None:
    session_id = uuid4()
    past = await pool.fetchval("SELECT ops.now() - interval '1 day'")
    await questions.exchange(pool, session_id, student, at=past, answered=past)
    await pool.execute("UPDATE chat.sessions SET last_active_at = $2 WHERE id = $1", session_id, past)
    await enqueue.enqueue_one(pool, asked(student), session_id=session_id)

    assert await pool.fetchval("SELECT last_active_at > $2 FROM chat.sessions WHERE id = $1", session_id, past)
