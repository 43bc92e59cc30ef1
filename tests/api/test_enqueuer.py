"""What waits while a flush runs goes in together, and nobody's question is lost, doubled or charged for nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest
from support import locks
from support.database_line import DatabaseLine
from support.questions import asked

from app.api.enqueuer import Enqueuer
from app.db import engine, enqueue, gate
from app.db.enqueue import Asked


@pytest.fixture
async def pool(database: str) -> AsyncIterator[engine.Pool]:
    """A database of this test alone: nobody answers what it leaves in the queue."""
    async with engine.open_pool(database, application="test", size=4) as made:
        yield made


async def test_all_who_come_during_a_flush_are_in_the_next(pool: engine.Pool, student: str) -> None:
    enqueuer = Enqueuer(pool)
    async with _held(pool, student):
        first = asyncio.create_task(enqueuer.enqueue(await _pass(pool, student)))
        await locks.until_one_waits(pool, for_what="advisory")
        others = [asyncio.create_task(enqueuer.enqueue(await _pass(pool, f"{student}-{n}"))) for n in range(50)]
        await asyncio.sleep(0)
        assert not any(one.done() for one in others)
    done = await asyncio.gather(first, *others)

    assert [one.outcome for one in done] == ["accepted"] * 51
    assert enqueuer.statements == 2


async def test_no_statement_takes_more_than_two_hundred(pool: engine.Pool, student: str) -> None:
    enqueuer = Enqueuer(pool)
    waiting = [Asked(asked(f"{student}-{n}"), asked(student).task_id) for n in range(401)]
    done = await asyncio.gather(*(enqueuer.enqueue(one) for one in waiting))

    assert {one.outcome for one in done} == {"accepted"}
    assert enqueuer.statements == 3


async def test_one_bad_row_fails_alone(pool: engine.Pool, student: str) -> None:
    enqueuer = Enqueuer(pool)
    waiting = [await _pass(pool, f"{student}-{n}") for n in range(5)]
    waiting[2] = replace(waiting[2], question=replace(waiting[2].question, text="a\0b"))
    done = await asyncio.gather(*(enqueuer.enqueue(one) for one in waiting), return_exceptions=True)

    assert isinstance(done[2], asyncpg.PostgresError)
    assert [one.outcome for one in done if isinstance(one, enqueue.Enqueued)] == ["accepted"] * 4
    assert await _used(pool, student, 5) == [1, 1, 0, 1, 1]
    assert await _tasks(pool, student) == 4


async def test_a_lost_connection_fails_all_of_its_batch_and_returns_their_units(
    pool: engine.Pool, student: str
) -> None:
    enqueuer = Enqueuer(pool)
    waiting = [await _pass(pool, f"{student}-{n}") for n in range(3)]
    async with _held(pool, f"{student}-1"):
        enqueuing = [asyncio.create_task(enqueuer.enqueue(one)) for one in waiting]
        await locks.until_one_waits(pool, for_what="advisory", end=True)
        done = await asyncio.gather(*enqueuing, return_exceptions=True)
    again = await enqueuer.enqueue(await _pass(pool, f"{student}-0"))

    assert [isinstance(one, engine.ConnectionLost) for one in done] == [True] * 3
    assert again.outcome == "accepted"
    assert await _used(pool, student, 3) == [1, 0, 0]
    assert (await _tasks(pool, student), enqueuer.statements) == (1, 2)


async def test_an_error_that_nobody_has_foreseen_hangs_nobody(pool: engine.Pool, student: str) -> None:
    enqueuer = Enqueuer(pool)
    waiting = [await _pass(pool, f"{student}-{n}") for n in range(201)]
    # It cannot be written as JSON.
    waiting[2] = replace(waiting[2], question=replace(waiting[2].question, language=b"en"))  # type: ignore[arg-type]
    async with asyncio.timeout(30):
        done = await asyncio.gather(*(enqueuer.enqueue(one) for one in waiting), return_exceptions=True)

    assert isinstance(done[2], TypeError)
    assert [one.outcome for one in done if isinstance(one, enqueue.Enqueued)] == ["accepted"] * 200
    assert await _used(pool, student, 3) == [1, 1, 0]


async def test_units_go_back_also_when_the_database_comes_back_later(
    database: str, pool: engine.Pool, student: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.enqueuer._RETURN_AFTER_SECONDS", (0.01,) * 1_000)
    async with (
        DatabaseLine(database).running() as line,
        engine.open_pool(line.dsn, application="test", size=1) as distant,
    ):
        enqueuer = Enqueuer(distant)
        waiting = [await _pass(distant, f"{student}-{n}") for n in range(2)]
        line.cut()
        done = await asyncio.gather(*(enqueuer.enqueue(one) for one in waiting), return_exceptions=True)
        before = await _used(pool, student, 2)
        line.mend()
        await asyncio.gather(*enqueuer._returning)

    assert [isinstance(one, engine.ConnectionLost) for one in done] == [True, True]
    assert (before, await _used(pool, student, 2)) == ([1, 1], [0, 0])


async def test_who_goes_away_is_enqueued_once_all_the_same(pool: engine.Pool, student: str) -> None:
    enqueuer = Enqueuer(pool)
    async with _held(pool, student):
        first = asyncio.create_task(enqueuer.enqueue(await _pass(pool, student)))
        await locks.until_one_waits(pool, for_what="advisory")
        waiting = asyncio.create_task(enqueuer.enqueue(await _pass(pool, f"{student}-0")))
        await asyncio.sleep(0)
        for one in (first, waiting):
            one.cancel()
    last = await enqueuer.enqueue(await _pass(pool, f"{student}-1"))

    assert last.outcome == "accepted"
    assert await _tasks(pool, student) == 3


async def _pass(pool: engine.Pool, user: str) -> Asked:
    question = asked(user)
    gated = await gate.gate(pool, question, session_id=None, limit=100)
    return Asked(question, gated.session_id, gated.asked_at)


@asynccontextmanager
async def _held(pool: engine.Pool, student: str) -> AsyncIterator[None]:
    """No enqueue of this student gets through meanwhile."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT chat.lock_student($1)", student)
        yield


async def _used(pool: engine.Pool, student: str, students: int) -> list[int]:
    names = [f"{student}-{n}" for n in range(students)]
    rows = await pool.fetch("SELECT user_id, used FROM chat.rate_counters WHERE user_id = ANY ($1::text[])", names)
    return [dict(rows)[name] for name in names]


async def _tasks(pool: engine.Pool, student: str) -> int:
    found: int = await pool.fetchval("SELECT count(*) FROM chat.tasks WHERE user_id LIKE $1 || '%'", student)
    return found
