"""Posts with a key: the second is the first, at no cost; and refusals by admission take nothing."""

import asyncio
from datetime import timedelta

from support import clock, library, locks, stored_answers
from support.questions import asked

from app.db import engine, enqueue, gate
from app.db.enqueue import Asked
from app.db.gate import Gated, PostKey

KEY = PostKey("a key", b"body")


async def test_a_repeated_hit_is_that_hit(pool: engine.Pool, student: str) -> None:
    text = await _kept(pool, student)
    first, second = await _gate(pool, student, text), await _gate(pool, student, text)

    assert (first.outcome, second.outcome, first.used, second.used) == ("hit", "repeat", 1, 1)
    assert (second.task_id, second.session_id, second.answer) == (first.task_id, first.session_id, first.answer)


async def test_of_fifty_hits_at_once_with_one_key_one_is_a_task_and_a_unit(pool: engine.Pool, student: str) -> None:
    text = await _kept(pool, student)
    gated = await asyncio.gather(*(_gate(pool, student, text) for _ in range(50)))
    outcomes = [one.outcome for one in gated]

    assert (outcomes.count("hit"), outcomes.count("repeat")) == (1, 49)
    assert len({one.task_id for one in gated}) == 1
    assert await pool.fetchval("SELECT used FROM chat.rate_counters WHERE user_id = $1", student) == 1
    assert await pool.fetchval("SELECT count(*) FROM chat.tasks WHERE user_id = $1", student) == 1


async def test_a_post_that_comes_during_the_first_waits_for_it(pool: engine.Pool, student: str) -> None:
    text = await _kept(pool, student)
    async with pool.acquire() as connection, connection.transaction():
        first = await gate.gate(connection, asked(student, text), session_id=None, limit=100, key=KEY)
        second = asyncio.create_task(_gate(pool, student, text))
        await locks.until_one_waits(pool)

    assert (await second).task_id == first.task_id


async def test_a_repeated_miss_has_the_first_task_and_no_answer_even_when_that_is_answered(
    pool: engine.Pool, student: str
) -> None:
    question = asked(student)
    first = await gate.gate(pool, question, session_id=None, limit=100, key=KEY)
    await enqueue.enqueue(pool, [Asked(question, first.session_id, first.asked_at, key=KEY)])
    await pool.execute(
        """UPDATE chat.tasks SET status = 'done', attempt = 1, finished_at = ops.now(), answer = '{"cached": true}'
           WHERE id = $1""",
        question.task_id,
    )
    second = await _gate(pool, student, "Another text does not matter here")

    assert (second.outcome, second.task_id, second.session_id) == ("repeat", question.task_id, first.session_id)
    assert second.answer is None


async def test_a_repeat_has_a_ticket_of_its_own(pool: engine.Pool, student: str) -> None:
    text = await _kept(pool, student)
    first = await _gate(pool, student, text)
    again = asked(student, text)
    await gate.gate(pool, again, session_id=None, limit=100, key=KEY)

    found = await pool.fetchval("SELECT task_id FROM chat.stream_keys WHERE hash = $1", again.ticket_hash)
    assert found == first.task_id


async def test_a_key_with_another_body_is_refused_and_costs_nothing(pool: engine.Pool, student: str) -> None:
    text = await _kept(pool, student)
    await _gate(pool, student, text)
    other = await _gate(pool, student, text, key=PostKey(KEY.text, b"another"))

    assert (other.outcome, other.answer, other.used) == ("key_reused", None, 1)


async def test_a_repeat_is_answered_at_the_limit(pool: engine.Pool, student: str) -> None:
    text = await _kept(pool, student)
    first = await _gate(pool, student, text, limit=1)
    assert (await _gate(pool, student, text, limit=1)).task_id == first.task_id
    assert (await _gate(pool, student, text, limit=1, key=PostKey("new", b""))).outcome == "limited"


async def test_a_key_is_its_students(pool: engine.Pool, student: str) -> None:
    text = await _kept(pool, student)
    mine, theirs = await _gate(pool, student, text), await _gate(pool, f"{student}-2", text)

    assert (mine.outcome, theirs.outcome) == ("hit", "hit")
    assert mine.task_id != theirs.task_id


async def test_keys_are_kept_for_a_day_and_then_removed(own: engine.Pool) -> None:
    await stored_answers.keep(own, "Kept?", await library.place(own))
    for n in range(3):
        await _gate(own, f"student-{n}", "Kept?")
    async with own.acquire() as connection:
        await clock.move(connection, timedelta(hours=24, minutes=59))
    kept = await gate.drop_old_keys(own)
    repeated = await _gate(own, "student-0", "Kept?")
    async with own.acquire() as connection:
        await clock.move(connection, timedelta(hours=25, minutes=1))
    dropped = [await own.fetchval("SELECT ops.drop_old_keys(p_limit => 2)") for _ in range(2)]

    assert (kept, repeated.outcome, dropped) == (0, "repeat", [2, 1])


async def test_while_too_many_wait_a_miss_is_busy_and_a_hit_is_served(pool: engine.Pool, student: str) -> None:
    text = await _kept(pool, student)
    miss = await gate.gate(pool, asked(student, "Not kept?"), session_id=None, limit=100, admit=False)
    hit = await gate.gate(pool, asked(student, text), session_id=None, limit=100, admit=False)

    assert (miss.outcome, hit.outcome) == ("busy", "hit")
    assert await pool.fetchval("SELECT used FROM chat.rate_counters WHERE user_id = $1", student) == 1


async def _kept(pool: engine.Pool, student: str) -> str:
    text = f"Kept for {student}?"
    await stored_answers.keep(pool, text, await library.place(pool))
    return text


async def _gate(pool: engine.Pool, student: str, text: str, *, key: PostKey = KEY, limit: int = 100) -> Gated:
    return await gate.gate(pool, asked(student, text), session_id=None, limit=limit, key=key)
