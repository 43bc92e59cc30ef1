"""What the ask path costs the database: round trips, and waits for the disk."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from support import library, stored_answers
from support.database_line import DatabaseLine
from support.questions import asked

from app.db import engine, enqueue, gate
from app.db.enqueue import Asked
from app.db.gate import PostKey


@pytest.fixture
async def line(common: str) -> AsyncIterator[DatabaseLine]:
    """A wire to the common database that counts."""
    async with DatabaseLine(common).running() as made:
        yield made


@pytest.fixture
async def counted(line: DatabaseLine, student: str) -> AsyncIterator[engine.Pool]:
    """A pool over that wire whose statements are prepared, as they are from the second question on."""
    async with engine.open_pool(line.dsn, application="test", size=1) as made:
        await _ask(made, f"{student}-before")
        line.round_trips = 0
        yield made


async def test_a_hit_is_one_round_trip(
    pool: engine.Pool, counted: engine.Pool, line: DatabaseLine, student: str
) -> None:
    await stored_answers.keep(pool, f"Kept for {student}", await library.place(pool))

    assert (await _ask(counted, student, f"Kept for {student}"), line.round_trips) == ("hit", 1)


async def test_a_refusal_is_one_round_trip(counted: engine.Pool, line: DatabaseLine, student: str) -> None:
    gated = await gate.gate(counted, asked(student), session_id=None, limit=0)

    assert (gated.outcome, line.round_trips) == ("limited", 1)


async def test_a_miss_is_two_round_trips(counted: engine.Pool, line: DatabaseLine, student: str) -> None:
    assert (await _ask(counted, student), line.round_trips) == ("miss", 2)


async def test_a_miss_while_too_many_wait_is_one_round_trip(
    counted: engine.Pool, line: DatabaseLine, student: str
) -> None:
    gated = await gate.gate(counted, asked(student), session_id=None, limit=100, admit=False)

    assert (gated.outcome, line.round_trips) == ("busy", 1)


async def test_a_repeated_post_is_one_round_trip(counted: engine.Pool, line: DatabaseLine, student: str) -> None:
    assert (await _ask(counted, student, key=PostKey("key", b"body")), line.round_trips) == ("miss", 2)
    assert (await _ask(counted, student, key=PostKey("key", b"body")), line.round_trips) == ("repeat", 3)


async def test_a_batch_is_one_round_trip_however_many_it_takes(
    counted: engine.Pool, line: DatabaseLine, student: str
) -> None:
    batch = [Asked(asked(f"{student}-{n // 2}", f"Shared by {student}?"), uuid4(), flies=n % 3 > 0) for n in range(60)]
    done = await enqueue.enqueue(counted, batch)

    assert ({one.outcome for one in done}, line.round_trips) == ({"accepted"}, 1)


async def test_the_servers_own_statistics_count_the_same(own: engine.Pool, student: str) -> None:
    if not await own.fetchval("SELECT count(*) FROM pg_settings WHERE name = 'pg_stat_statements.track'"):
        pytest.skip("this server does not preload pg_stat_statements")
    await _ask(own, student)
    await _ask(own, student)
    calls = await own.fetch(
        "SELECT calls FROM pg_stat_statements WHERE query LIKE 'SELECT%chat.%'"
        " AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )

    assert [row["calls"] for row in calls] == [2, 2]


async def test_the_gate_does_not_wait_for_the_disk(connection: engine.Connection, student: str) -> None:
    assert await _commit_mode_after(connection, "gate", student) == "off"


async def test_the_enqueue_waits_for_the_disk(connection: engine.Connection, student: str) -> None:
    assert await _commit_mode_after(connection, "enqueue", student) == "on"


async def test_the_gate_leaves_the_next_transaction_durable(common: str, student: str) -> None:
    async with engine.open_pool(common, application="test", size=1, settings={"synchronous_commit": "on"}) as single:
        await gate.gate(single, asked(student), session_id=None, limit=100)
        assert await single.fetchval("SHOW synchronous_commit") == "on"


async def _ask(pool: engine.Pool, student: str, text: str = "Not kept", *, key: PostKey | None = None) -> str:
    question = asked(student, text)
    gated = await gate.gate(pool, question, session_id=None, limit=100, key=key)
    if gated.outcome == "miss":
        await enqueue.enqueue(pool, [Asked(question, gated.session_id, gated.asked_at, flies=True, key=key)])
    return gated.outcome


async def _commit_mode_after(connection: engine.Connection, call: str, student: str) -> str:
    await connection.execute("SET LOCAL synchronous_commit = 'on'")
    question = asked(student)
    if call == "gate":
        await gate.gate(connection, question, session_id=None, limit=100)
    else:
        await enqueue.enqueue_one(connection, question, session_id=question.task_id)
    mode: str = await connection.fetchval("SHOW synchronous_commit")
    return mode
