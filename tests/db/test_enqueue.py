"""A batch of questions goes in together: who is taken, who repeats, who is refused, and what that costs."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from support.questions import asked, begin, end

from app.db import engine, enqueue, gate, stops
from app.db.enqueue import Asked
from app.db.gate import Gated, PostKey, Question

KEY = PostKey("a key", b"body")


async def test_questions_of_many_students_are_one_transaction(pool: engine.Pool, student: str) -> None:
    batch = [await _pass(pool, f"{student}-{n}", f"Question {n}?") for n in range(30)]
    done = await enqueue.enqueue(pool, batch)
    rows = await pool.fetch(
        """SELECT t.xmin::text AS transaction, t.status, t.question, j.args ->> 'task_id' = t.id::text, u.text
           FROM chat.tasks t JOIN queue_chat.procrastinate_jobs j ON j.id = t.job_id
           JOIN chat.turns u ON u.task_id = t.id JOIN chat.stream_keys k ON k.task_id = t.id
           WHERE t.id = ANY ($1::uuid[]) ORDER BY t.job_id""",
        [one.task_id for one in done],
    )

    assert [one.outcome for one in done] == ["accepted"] * 30
    assert [one.task_id for one in done] == [one.question.task_id for one in batch]
    assert [tuple(row)[1:] for row in rows] == [("queued", f"Question {n}?", True, f"Question {n}?") for n in range(30)]
    assert len({row["transaction"] for row in rows}) == 1


async def test_one_row_that_cannot_be_takes_all_with_it(pool: engine.Pool, student: str) -> None:
    batch = [await _pass(pool, f"{student}-{n}") for n in range(3)]
    batch[1] = replace(batch[1], question=replace(batch[1].question, text="a\0b"))
    with pytest.raises(asyncpg.PostgresError):
        await enqueue.enqueue(pool, batch)

    assert await pool.fetchval("SELECT count(*) FROM chat.tasks WHERE user_id LIKE $1 || '%'", student) == 0


@pytest.mark.parametrize("batched", [True, False], ids=["in one batch", "in a transaction each"])
async def test_of_twenty_at_once_two_are_taken_and_eighteen_cost_nothing(
    pool: engine.Pool, student: str, batched: bool
) -> None:
    waiting = [await _pass(pool, student, f"Question {n}?") for n in range(20)]
    batches = [waiting] if batched else [[one] for one in waiting]
    done = [one for batch in await asyncio.gather(*(enqueue.enqueue(pool, b) for b in batches)) for one in batch]
    outcomes = [one.outcome for one in done]

    assert (outcomes.count("accepted"), outcomes.count("too_many")) == (2, 18)
    assert await _used(pool, student) == 2
    assert await pool.fetchval("SELECT count(*) FROM chat.tasks WHERE user_id = $1", student) == 2


async def test_a_finished_task_makes_room_for_another(pool: engine.Pool, student: str) -> None:
    first, *_ = await enqueue.enqueue(pool, [await _pass(pool, student, f"Question {n}?") for n in range(2)])
    assert first.task_id is not None
    refused = await enqueue.enqueue(pool, [await _pass(pool, student)])
    await end(pool, await begin(pool, first.task_id))
    taken = await enqueue.enqueue(pool, [await _pass(pool, student)])

    assert [one.outcome for one in refused + taken] == ["too_many", "accepted"]


async def test_another_students_tasks_do_not_count(pool: engine.Pool, student: str) -> None:
    batch = [await _pass(pool, f"{student}-{n % 3}", f"Question {n}?") for n in range(9)]
    done = await enqueue.enqueue(pool, batch)

    assert [one.outcome for one in done] == ["accepted"] * 6 + ["too_many"] * 3


@pytest.mark.parametrize("batched", [True, False], ids=["in one batch", "in a transaction each"])
async def test_of_fifty_posts_with_one_key_one_is_a_question_and_all_get_its_task(
    pool: engine.Pool, student: str, batched: bool
) -> None:
    waiting = [await _pass(pool, student, key=KEY) for _ in range(50)]
    batches = [waiting] if batched else [[one] for one in waiting]
    done = [one for batch in await asyncio.gather(*(enqueue.enqueue(pool, b) for b in batches)) for one in batch]
    outcomes = [one.outcome for one in done]

    assert (outcomes.count("accepted"), outcomes.count("repeat")) == (1, 49)
    assert len({(one.task_id, one.session_id) for one in done}) == 1
    assert await _used(pool, student) == 1
    tickets = await pool.fetchval("SELECT count(*) FROM chat.stream_keys WHERE task_id = $1", done[0].task_id)
    assert tickets == 50


async def test_of_two_bodies_under_one_key_the_first_is_the_question(pool: engine.Pool, student: str) -> None:
    other = PostKey(KEY.text, b"another body")
    batch = [await _pass(pool, student, key=key) for key in (KEY, other)]
    together = await enqueue.enqueue(pool, batch)
    later = await enqueue.enqueue(pool, [await _pass(pool, f"{student}-2", key=key) for key in (KEY,)])
    again = await enqueue.enqueue(pool, [Asked(asked(f"{student}-2"), batch[0].session_id, None, True, False, other)])

    assert [one.outcome for one in together + later + again] == ["accepted", "key_reused", "accepted", "key_reused"]
    assert await _used(pool, student) == 1


async def test_a_refusal_names_nobodys_task(pool: engine.Pool, student: str) -> None:
    await enqueue.enqueue(pool, [await _pass(pool, student, key=KEY)])
    (refused,) = await enqueue.enqueue(
        pool, [Asked(asked(student), asked(student).task_id, key=PostKey(KEY.text, b"b"))]
    )

    assert refused == enqueue.Enqueued("key_reused", None, None, False, None)


async def test_a_key_of_another_student_is_another_key(pool: engine.Pool, student: str) -> None:
    done = await enqueue.enqueue(pool, [await _pass(pool, f"{student}-{n}", key=KEY) for n in range(2)])

    assert [one.outcome for one in done] == ["accepted", "accepted"]
    assert done[0].task_id != done[1].task_id


async def test_a_post_without_a_unit_may_only_repeat(pool: engine.Pool, student: str) -> None:
    unpaid = Asked(asked(student), asked(student).task_id, paid=False, key=KEY)
    (alone,) = await enqueue.enqueue(pool, [unpaid])
    both = await enqueue.enqueue(pool, [unpaid, await _pass(pool, student, key=KEY)])

    assert (alone.outcome, [one.outcome for one in both]) == ("limited", ["repeat", "accepted"])
    assert await _used(pool, student) == 1


async def test_who_repeats_a_refused_post_is_refused_too(pool: engine.Pool, student: str) -> None:
    await enqueue.enqueue(pool, [await _pass(pool, student, f"Question {n}?") for n in range(2)])
    done = await enqueue.enqueue(pool, [await _pass(pool, student, key=KEY) for _ in range(2)])

    assert [one.outcome for one in done] == ["too_many", "too_many"]
    assert await pool.fetchval("SELECT count(*) FROM chat.idempotency_keys WHERE user_id = $1", student) == 0


async def test_two_questions_into_one_session_at_once(pool: engine.Pool, student: str) -> None:
    one = await _pass(pool, student, "One?")
    two = Asked(asked(student, "Two?"), one.session_id)
    done = await enqueue.enqueue(pool, [one, two])
    title = await pool.fetchval("SELECT title FROM chat.sessions WHERE id = $1", one.session_id)

    assert ([d.outcome for d in done], title) == (["accepted", "accepted"], "One?")


async def test_a_unit_taken_before_midnight_goes_back_to_that_day(pool: engine.Pool, student: str) -> None:
    await enqueue.enqueue(pool, [await _pass(pool, student, f"Question {n}?") for n in range(2)])
    await pool.execute("INSERT INTO chat.rate_counters VALUES ($1, chat.today() - 1, 5)", student)
    yesterday = await pool.fetchval("SELECT ops.now() - interval '1 day'")
    late = asked(student)
    await pool.execute("INSERT INTO chat.units_taken VALUES ($1, $2, $3)", late.task_id, student, yesterday)
    (refused,) = await enqueue.enqueue(pool, [Asked(late, late.task_id, yesterday)])
    used = dict(await pool.fetch("SELECT day - chat.today(), used FROM chat.rate_counters WHERE user_id = $1", student))

    assert (refused.outcome, used) == ("too_many", {-1: 4, 0: 2})


async def test_a_question_belongs_to_the_day_of_its_unit(pool: engine.Pool, student: str) -> None:
    late = await _pass(pool, student)
    await enqueue.enqueue(pool, [late])

    accepted_at = await pool.fetchval("SELECT accepted_at FROM chat.tasks WHERE id = $1", late.question.task_id)
    assert accepted_at == late.asked_at


async def test_a_student_who_left_a_shared_run_may_ask_again(pool: engine.Pool, student: str) -> None:
    shared = await enqueue.enqueue(
        pool, [await _pass(pool, user, f"Shared by {student}?", flies=True) for user in (student, f"{student}-2")]
    )
    await enqueue.enqueue(pool, [await _pass(pool, student, "Another?")])
    assert shared[0].task_id is not None
    nothing: dict[str, Any] = {"text": "", "stopped": True, "tier": "none"}
    await stops.request_stop(pool, shared[0].task_id, owner=student, answer=lambda shown: nothing)
    done = await enqueue.enqueue(pool, [await _pass(pool, student, "A third?")])

    assert [one.outcome for one in done] == ["accepted"]


async def _pass(
    pool: engine.Pool, user: str, text: str = "Not kept?", *, key: PostKey | None = None, flies: bool = False
) -> Asked:
    """A question that has just passed the gate."""
    question: Question = asked(user, text)
    gated: Gated = await gate.gate(pool, question, session_id=None, limit=100)
    assert gated.outcome == "miss"
    return Asked(question, gated.session_id, gated.asked_at, flies=flies, key=key)


async def _used(pool: engine.Pool, student: str) -> int:
    used: int = await pool.fetchval(
        "SELECT used FROM chat.rate_counters WHERE user_id = $1 AND day = chat.today()", student
    )
    return used
