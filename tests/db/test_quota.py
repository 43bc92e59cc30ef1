"""A hundred questions a day, never one more, by the Indian calendar and the database's clock."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from support import clock, library, locks, stored_answers
from support.questions import asked

from app.db import engine, enqueue, gate
from app.db.enqueue import Asked

# Nobody answers here, and the quota is not about how many wait.
ANY = 1_000
MIDNIGHT = datetime(2031, 6, 1, 18, 30, tzinfo=UTC)


async def test_of_200_at_once_at_99_of_100_exactly_one_is_admitted(pool: engine.Pool, student: str) -> None:
    for round_ in range(5):
        racer = f"{student}-{round_}"
        await _use(pool, racer, 99)
        outcomes = await _race(pool, racer)

        assert (outcomes.count("miss"), outcomes.count("limited")) == (1, 199)
        assert await _used(pool, racer) == 100


async def test_of_200_first_questions_of_a_day_exactly_100_are_admitted(pool: engine.Pool, student: str) -> None:
    outcomes = await _race(pool, student)

    assert (outcomes.count("miss"), outcomes.count("limited")) == (100, 100)


async def test_at_midnight_exactly_the_new_days_100_are_admitted(own: engine.Pool, student: str) -> None:
    await _turn_to(own, MIDNIGHT - timedelta(hours=1))
    await _use(own, student, 100)
    assert (await gate.gate(own, asked(student), session_id=None, limit=100)).outcome == "limited"
    await _turn_to(own, MIDNIGHT)
    outcomes = await _race(own, student)

    assert (outcomes.count("miss"), outcomes.count("limited")) == (100, 100)


async def test_while_the_day_turns_no_day_gets_over_100(own: engine.Pool, student: str) -> None:
    await _turn_to(own, MIDNIGHT - timedelta(seconds=0.7))
    await _use(own, student, 95)
    outcomes: list[str] = []
    while await own.fetchval("SELECT ops.now()") < MIDNIGHT or outcomes.count("miss") < 105:
        outcomes += await _race(own, student, questions=50)
    days = dict(await own.fetch("SELECT day, used FROM chat.rate_counters WHERE user_id = $1", student))

    assert days == {date(2031, 6, 1): 100, date(2031, 6, 2): 100}
    assert outcomes.count("miss") == 105


@pytest.mark.parametrize(
    ("moment", "day"),
    [(MIDNIGHT - timedelta(seconds=0.1), date(2031, 6, 1)), (MIDNIGHT, date(2031, 6, 2))],
    ids=["18:29:59.9Z", "18:30:00.0Z"],
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Los_Angeles"])
async def test_the_day_is_the_indian_one_whatever_the_connections_zone(
    connection: engine.Connection, student: str, moment: datetime, day: date, zone: str
) -> None:
    # In a transaction now() stands still, so that the clock is exactly at the moment.
    await connection.execute(f"SET TimeZone = '{zone}'")
    await clock.move(connection, moment - await connection.fetchval("SELECT now()"))
    await connection.fetchval("SELECT chat.take_unit($1, 100)", student)
    resets_at = await connection.fetchval("SELECT chat.resets_at()")

    assert await connection.fetchval("SELECT day FROM chat.rate_counters WHERE user_id = $1", student) == day
    assert resets_at == MIDNIGHT + timedelta(days=(day - date(2031, 6, 1)).days)


async def test_lost_counters_start_again_from_the_tasks_of_the_day(own: engine.Pool, student: str) -> None:
    await _turn_to(own, MIDNIGHT - timedelta(minutes=1))
    await stored_answers.keep(own, "Kept?", await library.place(own))
    await _ask(own, student)
    await _turn_to(own, MIDNIGHT + timedelta(hours=1))
    for _ in range(3):
        await _ask(own, student)
    assert await _ask(own, student, "Kept?") == "hit"
    refunded = asked(student)
    await enqueue.enqueue_one(own, refunded, session_id=refunded.task_id, most=ANY)
    await own.execute("UPDATE chat.tasks SET refunded = true WHERE id = $1", refunded.task_id)
    await own.execute("TRUNCATE chat.rate_counters")
    gated = await gate.gate(own, asked(student), session_id=None, limit=100)

    # Three misses and a hit of today, this one, not yesterday's and not the refunded one.
    assert gated.used == 5


async def test_a_race_right_after_the_counters_were_lost_admits_no_more_than_is_left(
    own: engine.Pool, student: str
) -> None:
    for _ in range(5):
        await _ask(own, student)
    await own.execute("TRUNCATE chat.rate_counters")
    outcomes = await _race(own, student, questions=40, limit=10)

    assert outcomes.count("miss") == 5


async def test_a_unit_goes_back_to_the_day_it_was_taken_on(own: engine.Pool, student: str) -> None:
    await _turn_to(own, MIDNIGHT - timedelta(minutes=1))
    await _ask(own, student)
    accepted_at = await own.fetchval("SELECT accepted_at FROM chat.tasks WHERE user_id = $1", student)
    await _turn_to(own, MIDNIGHT + timedelta(minutes=1))
    await _ask(own, student)
    await own.execute("SELECT chat.return_unit($1, $2)", student, accepted_at)
    days = dict(await own.fetch("SELECT day, used FROM chat.rate_counters WHERE user_id = $1", student))

    assert days == {date(2031, 6, 1): 0, date(2031, 6, 2): 1}


async def test_a_count_never_goes_below_zero(pool: engine.Pool, student: str) -> None:
    await gate.gate(pool, asked(student), session_id=None, limit=100)
    for _ in range(3):
        await pool.execute("SELECT chat.return_unit($1, ops.now())", student)

    assert await _used(pool, student) == 0


async def test_a_unit_is_returned_only_for_a_question_that_is_not_there(pool: engine.Pool, student: str) -> None:
    kept, lost = asked(student), asked(student)
    for question in (kept, lost):
        await gate.gate(pool, question, session_id=None, limit=100)
    await enqueue.enqueue_one(pool, kept, session_id=kept.task_id)
    await enqueue.return_units_of_lost(pool, [Asked(kept, kept.task_id)])
    after_kept = await _used(pool, student)
    await enqueue.return_units_of_lost(pool, [Asked(lost, lost.task_id)])

    assert (after_kept, await _used(pool, student)) == (2, 1)


async def test_a_unit_that_a_crash_has_taken_from_the_counter_does_not_go_back(own: engine.Pool, student: str) -> None:
    for _ in range(3):
        await _ask(own, student)
    lost = asked(student)
    gated = await gate.gate(own, lost, session_id=None, limit=100)
    await own.execute("TRUNCATE chat.rate_counters, chat.units_taken")
    await _ask(own, student)
    late = Asked(lost, gated.session_id, gated.asked_at)
    await enqueue.return_units_of_lost(own, [late])
    (refused,) = await enqueue.enqueue(own, [late], most=ANY)

    assert (refused.outcome, refused.task_id) == ("busy", None)
    assert await _used(own, student) == 4


async def test_a_unit_goes_back_once(pool: engine.Pool, student: str) -> None:
    await _use(pool, student, 3)
    lost = asked(student)
    gated = await gate.gate(pool, lost, session_id=None, limit=100)
    for _ in range(2):
        await enqueue.return_units_of_lost(pool, [Asked(lost, gated.session_id, gated.asked_at)])

    assert await _used(pool, student) == 3


@pytest.mark.parametrize("committed", [True, False])
async def test_a_return_waits_for_an_enqueue_that_still_runs(pool: engine.Pool, student: str, committed: bool) -> None:
    question = asked(student)
    gated = await gate.gate(pool, question, session_id=None, limit=100)
    mine = Asked(question, gated.session_id, gated.asked_at)
    async with pool.acquire() as connection:
        running = connection.transaction()
        await running.start()
        await enqueue.enqueue(connection, [mine])
        returning = asyncio.create_task(enqueue.return_units_of_lost(pool, [mine]))
        await locks.until_one_waits(pool)
        await (running.commit() if committed else running.rollback())
        await returning

    assert await _used(pool, student) == (1 if committed else 0)


async def test_a_unit_that_an_enqueue_is_using_does_not_go_back(own: engine.Pool, student: str) -> None:
    leader = asked(f"{student}-leader")
    await enqueue.enqueue(own, [Asked(leader, leader.task_id, flies=True)])
    question = asked(student)
    gated = await gate.gate(own, question, session_id=None, limit=100)
    mine = Asked(question, gated.session_id, gated.asked_at, flies=True)
    async with own.acquire() as ending, ending.transaction(), own.acquire() as returning:
        await ending.execute("SELECT FROM chat.tasks WHERE id = $1 FOR UPDATE", leader.task_id)
        # It has judged the question, and waits for the leader.
        enqueuing = asyncio.create_task(enqueue.enqueue(own, [mine]))
        await locks.until_one_waits(own)
        await returning.execute("SET lock_timeout = '50ms'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await enqueue.return_units_of_lost(returning, [mine])
    (done,) = await enqueuing

    assert (done.outcome, await _used(own, student)) == ("accepted", 1)


async def test_only_a_question_on_its_way_to_the_queue_keeps_its_unit_apart(own: engine.Pool, student: str) -> None:
    await stored_answers.keep(own, "Kept?", await library.place(own))
    await _ask(own, student, "Kept?")
    await gate.gate(own, asked(student), session_id=None, limit=100, admit=False)
    await _ask(own, student)
    waiting = asked(student)
    await gate.gate(own, waiting, session_id=None, limit=100)

    assert [row[0] for row in await own.fetch("SELECT task_id FROM chat.units_taken")] == [waiting.task_id]


async def test_the_counters_are_what_a_recount_of_the_tasks_gives(own: engine.Pool) -> None:
    students = [f"student-{number}" for number in range(20)]
    for position, student in enumerate(students):
        for _ in range(position % 4 + 1):
            await _ask(own, student)
    stored = await own.fetch("SELECT user_id, used FROM chat.rate_counters ORDER BY 1")
    counted = await own.fetch("SELECT user_id, count(*) FROM chat.tasks GROUP BY 1 ORDER BY 1")

    assert [tuple(row) for row in stored] == [tuple(row) for row in counted]


async def _ask(pool: engine.Pool, student: str, text: str = "Not kept?") -> str:
    question = asked(student, text)
    gated = await gate.gate(pool, question, session_id=None, limit=100)
    if gated.outcome == "miss":
        assert gated.session_id is not None
        await enqueue.enqueue_one(pool, question, session_id=gated.session_id, most=ANY)
    return gated.outcome


async def _race(pool: engine.Pool, student: str, questions: int = 200, limit: int = 100) -> list[str]:
    gates = (gate.gate(pool, asked(student), session_id=None, limit=limit) for _ in range(questions))
    return [gated.outcome for gated in await asyncio.gather(*gates)]


async def _use(pool: engine.Pool, student: str, units: int) -> None:
    await pool.execute("INSERT INTO chat.rate_counters VALUES ($1, chat.today(), $2)", student, units)


async def _used(pool: engine.Pool, student: str) -> int:
    return int(await pool.fetchval("SELECT used FROM chat.rate_counters WHERE user_id = $1", student))


async def _turn_to(pool: engine.Pool, moment: datetime) -> None:
    async with pool.acquire() as connection:
        await clock.turn_to(connection, moment)
