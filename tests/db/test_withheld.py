"""Withheld sentences on the real schema: operators read them by day, and they go when their task goes."""

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from support import clock
from support.questions import asked

from app.db import engine, enqueue, withheld
from app.db.gate import Question


async def _task(pool: engine.Pool, student: str) -> Question:
    question = asked(student)
    await enqueue.enqueue_one(pool, question, session_id=question.task_id)
    return question


async def test_operators_see_sentence_reason_and_parents_in_their_order(pool: engine.Pool, student: str) -> None:
    question, parent = await _task(pool, student), uuid4()
    rows = [
        withheld.Row("primary", "It began in 1950 [1].", "year 1950 is not in what it cites", (parent,)),
        withheld.Row("secondary", "It is so.", "it makes a claim and cites nothing", ()),
    ]
    async with pool.acquire() as connection:
        await withheld.save(connection, rows, task_id=question.task_id, attempt=2)
    found = await pool.fetch("SELECT * FROM ops.withheld WHERE task_id = $1", question.task_id)

    assert [(row["tier"], row["sentence"], row["reason"], row["cited"]) for row in found] == [
        ("primary", "It began in 1950 [1].", "year 1950 is not in what it cites", [parent]),
        ("secondary", "It is so.", "it makes a claim and cites nothing", []),
    ]
    assert {(row["attempt"], row["day"] is not None) for row in found} == {(2, True)}


async def test_a_sentence_of_no_known_writer_is_refused(pool: engine.Pool, student: str) -> None:
    question = await _task(pool, student)
    row = withheld.Row("somebody", "It is so.", "no", ())
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await withheld.save(connection, [row], task_id=question.task_id, attempt=1)


async def test_withheld_sentences_go_with_their_task(own: engine.Pool, student: str) -> None:
    question = await _task(own, student)
    async with own.acquire() as connection:
        row = withheld.Row("primary", "It is so.", "no", ())
        await withheld.save(connection, [row], task_id=question.task_id, attempt=1)
    await own.execute("DELETE FROM chat.turns WHERE task_id = $1", question.task_id)
    await own.execute("DELETE FROM chat.tasks WHERE id = $1", question.task_id)

    assert await own.fetchval("SELECT count(*) FROM ops.withheld_sentences") == 0


async def test_withheld_sentences_go_after_ninety_days(own: engine.Pool, student: str) -> None:
    question = await _task(own, student)
    async with own.acquire() as connection:
        row = withheld.Row("primary", "It is so.", "no", ())
        await withheld.save(connection, [row], task_id=question.task_id, attempt=1)
        await clock.move(connection, timedelta(days=89, hours=23))
        early = await withheld.drop_old(own)
        await clock.move(connection, timedelta(days=90, minutes=1))
        gone = await withheld.drop_old(own)

    assert (early, gone) == (0, 1)
    assert await own.fetchval("SELECT count(*) FROM ops.withheld_sentences") == 0
