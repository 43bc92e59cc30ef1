"""Students who ask the same at the same time share one run: who leads, who follows, and how it ends for each."""

import asyncio
from typing import Any

import pytest
from support import flights, library, locks, questions, stored_answers
from support.questions import asked, begin, end, ending

from app.db import engine, enqueue, migrate, rescue, tasks
from app.db.enqueue import Asked
from app.errors import AttemptFenced


async def test_the_first_leads_and_the_others_follow_without_a_job(pool: engine.Pool, student: str) -> None:
    done = await enqueue.enqueue(pool, [flights.asked_by(f"{student}-{n}", flights.text_of(student)) for n in range(5)])
    leader, *followers = [one.task_id for one in done]
    rows = await pool.fetch(
        "SELECT id, job_id IS NOT NULL AS job, flight_id FROM chat.tasks WHERE user_id LIKE $1 || '%'", student
    )

    assert {row["id"]: (row["job"], row["flight_id"]) for row in rows} == (
        {leader: (True, leader)} | dict.fromkeys(followers, (False, leader))
    )
    assert [one.has_job for one in done] == [True, False, False, False, False]


async def test_processes_that_enqueue_at_once_make_one_flight(pool: engine.Pool, student: str) -> None:
    texts = [f"Question {n} of {student}?" for n in range(5)]
    # Each batch has all questions, in an order of its own.
    batches = [
        [flights.asked_by(f"{student}-{batch}-{n}", texts[(n * step + batch) % 5]) for n in range(5)]
        for batch, step in enumerate([1, 2, 3, 4] * 5)
    ]
    await asyncio.gather(*(enqueue.enqueue(pool, batch) for batch in batches))
    rows = await pool.fetch(
        """SELECT normalised, count(*) AS tasks, count(DISTINCT flight_id) AS flights, count(job_id) AS jobs
           FROM chat.tasks WHERE user_id LIKE $1 || '%' GROUP BY 1""",
        student,
    )

    assert [tuple(row)[1:] for row in rows] == [(20, 1, 1)] * 5


async def test_batches_that_lead_the_same_questions_in_other_orders_do_not_block_each_other(
    pool: engine.Pool, student: str
) -> None:
    low, high = sorted((f"{student} one", f"{student} two"), key=lambda text: enqueue._flight_key(asked("", text)))
    async with pool.acquire() as first, first.transaction():
        await enqueue.enqueue(first, [flights.asked_by(f"{student}-1", low)])
        second = asyncio.create_task(
            enqueue.enqueue(pool, [flights.asked_by(f"{student}-2", high), flights.asked_by(f"{student}-3", low)])
        )
        await locks.until_one_waits(pool)
        await enqueue.enqueue(first, [flights.asked_by(f"{student}-4", high)])

    assert [one.outcome for one in await second] == ["accepted", "accepted"]


@pytest.mark.parametrize("changes", [{"prompt_set": "other"}, {"language": "hi"}])
async def test_what_would_be_answered_otherwise_does_not_follow(
    pool: engine.Pool, student: str, changes: dict[str, Any]
) -> None:
    one, two = flights.asked_by(f"{student}-1", student), flights.asked_by(f"{student}-2", student, **changes)
    await enqueue.enqueue(pool, [one, two])

    assert await pool.fetchval("SELECT count(DISTINCT flight_id) FROM chat.tasks WHERE normalised = $1", student) == 2


async def test_a_question_of_a_session_runs_alone(pool: engine.Pool, student: str) -> None:
    await flights.fly(pool, student, 1)
    own = asked(f"{student}-own", flights.text_of(student))
    await enqueue.enqueue(pool, [Asked(own, own.task_id, flies=False)])
    row = await pool.fetchrow("SELECT flight_id, job_id IS NOT NULL AS job FROM chat.tasks WHERE id = $1", own.task_id)

    assert tuple(row) == (None, True)


async def test_a_flight_that_has_ended_takes_nobody(pool: engine.Pool, student: str) -> None:
    (leader,) = await flights.fly(pool, student, 1)
    await end(pool, await begin(pool, leader))
    (next_one,) = await flights.fly(pool, f"{student}-later", 1, text=flights.text_of(student))

    assert await flights.column(pool, next_one, "flight_id") == next_one


async def test_a_follower_sees_its_leaders_run(pool: engine.Pool, student: str) -> None:
    leader, follower = await flights.fly(pool, student, 2)
    await begin(pool, leader)
    state = await tasks.state(pool, follower, owner=f"{student}-1")

    assert state is not None
    assert (state.task_id, state.source_id, state.status, state.attempt) == (follower, leader, "running", 1)


async def test_the_end_of_the_run_is_the_end_of_all_in_one_transaction(pool: engine.Pool, student: str) -> None:
    leader, *followers = await flights.fly(pool, student, 4)
    await end(pool, await begin(pool, leader))
    rows = await pool.fetch(
        """SELECT t.id, t.xmin::text AS transaction, t.status, t.attempt, t.last_seq, t.answer ->> 'text' AS text,
                  t.answer ->> 'task_id' AS told, (t.answer #>> '{usage,calls}')::integer AS calls, t.route IS NOT NULL,
                  t.withheld, u.text, s.last_active_at > t.accepted_at
           FROM chat.tasks t JOIN chat.turns u ON u.task_id = t.id AND u.role = 'assistant'
           JOIN chat.sessions s ON s.id = t.session_id WHERE t.flight_id = $1""",
        leader,
    )

    assert {row["id"] for row in rows} == {leader, *followers}
    assert len({row["transaction"] for row in rows}) == 1
    text = "Six freedoms [1]."
    assert {row["id"]: tuple(row)[2:] for row in rows} == {
        task: ("done", 1, 9, text, str(task), 0, True, 2 if task == leader else 0, text, True)
        for task in (leader, *followers)
    }


async def test_a_followers_answer_says_its_own_cost_and_time(pool: engine.Pool, student: str) -> None:
    leader, follower = await flights.fly(pool, student, 2)
    await pool.execute("UPDATE chat.tasks SET accepted_at = accepted_at - interval '7 seconds' WHERE id = $1", follower)
    spent = questions.answer(leader) | {
        "usage": {"tokens_in": 5, "tokens_out": 6, "cost": 0.5, "calls": 2},
        "latency_ms": 1,
    }
    await end(pool, await begin(pool, leader), ending(leader, answer=spent))
    states = {state.task_id: state.answer for state in await tasks.states(pool, [leader, follower])}

    assert states[leader] == spent
    own = states[follower]
    assert own is not None
    assert own["usage"] == {"tokens_in": 0, "tokens_out": 0, "cost": 0, "calls": 0}
    assert 7_000 <= own["latency_ms"] < 60_000
    assert {k: v for k, v in own.items() if k not in {"task_id", "usage", "latency_ms"}} == {
        k: v for k, v in spent.items() if k not in {"task_id", "usage", "latency_ms"}
    }


async def test_who_joins_while_the_run_is_ending_is_not_forgotten(pool: engine.Pool, student: str) -> None:
    (leader,) = await flights.fly(pool, student, 1)
    running = await begin(pool, leader)
    async with pool.acquire() as joining:
        transaction = joining.transaction()
        await transaction.start()
        (joined,) = await enqueue.enqueue(joining, [flights.asked_by(f"{student}-late", flights.text_of(student))])
        ended = asyncio.create_task(end(pool, running))
        await locks.until_one_waits(pool)
        await transaction.commit()
        await ended

    assert joined.task_id is not None
    assert [await flights.column(pool, joined.task_id, name) for name in ("flight_id", "status")] == [leader, "done"]


async def test_who_asks_while_the_run_is_ending_leads_the_next(pool: engine.Pool, student: str) -> None:
    (leader,) = await flights.fly(pool, student, 1)
    running = await begin(pool, leader)
    async with pool.acquire() as finishing:
        transaction = finishing.transaction()
        await transaction.start()
        await tasks.finish(finishing, running, ending(leader), attempt=1)
        asking = asyncio.create_task(
            enqueue.enqueue(pool, [flights.asked_by(f"{student}-late", flights.text_of(student))])
        )
        await locks.until_one_waits(pool)
        await transaction.commit()
        (late,) = await asking

    assert late.task_id is not None
    assert await flights.column(pool, late.task_id, "flight_id") == late.task_id


async def test_a_run_without_an_answer_returns_everybodys_unit(pool: engine.Pool, student: str) -> None:
    leader, *_ = await flights.fly(pool, student, 3, paid=True)
    await end(pool, await begin(pool, leader), ending(leader, refund=True))

    assert await flights.units(pool, student) == [0, 0, 0]
    assert await pool.fetchval("SELECT bool_and(refunded) FROM chat.tasks WHERE flight_id = $1", leader)


async def test_a_fenced_run_ends_nobody(pool: engine.Pool, student: str) -> None:
    leader, follower = await flights.fly(pool, student, 2)
    running = await begin(pool, leader)
    await tasks.raise_attempt(pool, leader, attempt=1)
    with pytest.raises(AttemptFenced):
        await end(pool, running)

    assert await flights.column(pool, follower, "status") == "queued"


async def test_every_task_that_a_stored_answer_has_served_is_counted(pool: engine.Pool, student: str) -> None:
    leader, *_ = await flights.fly(pool, student, 3)
    await stored_answers.keep(pool, f"Kept for {student}", await library.place(pool))
    entry = await pool.fetchval("SELECT id FROM cache.entries WHERE question = $1", f"Kept for {student}")
    await end(pool, await begin(pool, leader), ending(leader, served=entry))

    assert await pool.fetchval("SELECT hits FROM cache.entry_hits WHERE entry_id = $1", entry) == 3


async def test_followers_are_nothing_to_rescue_while_their_leader_lives(own: engine.Pool, student: str) -> None:
    await flights.fly(own, student, 3)
    await own.execute("UPDATE chat.tasks SET accepted_at = accepted_at - interval '1 minute'")

    assert await rescue.sweep(own) == rescue.Swept((), ())


@pytest.mark.usefixtures("settled")
async def test_a_dead_leader_is_run_again_for_all(own: engine.Pool, student: str) -> None:
    leader, follower = await flights.fly(own, student, 2)
    await begin(own, leader)
    await own.execute("UPDATE chat.tasks SET lease_until = now() - interval '1 second' WHERE id = $1", leader)
    swept = await rescue.sweep(own)
    await end(own, await begin(own, leader))

    assert swept.requeued == (leader,)
    assert [await flights.column(own, follower, name) for name in ("status", "attempt")] == ["done", 2]


@pytest.mark.usefixtures("settled")
async def test_poison_fails_all_and_returns_their_units(own: engine.Pool, student: str) -> None:
    leader, *_ = await flights.fly(own, student, 3, paid=True)
    await begin(own, leader)
    await own.execute("UPDATE chat.tasks SET runs = 3, lease_until = now() WHERE id = $1", leader)
    swept = await rescue.sweep(own)
    rows = await own.fetch("SELECT status, error_code, attempt, refunded FROM chat.tasks")

    assert swept.failed == (leader,)
    assert [tuple(row) for row in rows] == [("failed", "poison", 1, True)] * 3
    assert await flights.units(own, student) == [0, 0, 0]


@pytest.mark.parametrize(("stopped", "status"), [(False, "done"), (True, "failed")])
async def test_who_was_left_behind_by_an_older_worker_is_not_left_waiting(
    own: engine.Pool, student: str, stopped: bool, status: str
) -> None:
    leader, follower = await flights.fly(own, student, 2, paid=True)
    # It knows of no followers: it ends its own row.
    await questions.finish(own, leader)
    await own.execute(
        "UPDATE chat.tasks SET answer = answer || $2 WHERE id = $1", leader, f'{{"stopped": {stopped}}}'.lower()
    )
    await rescue.sweep(own)
    state = await tasks.state(own, follower, owner=f"{student}-1")

    assert state is not None
    assert (state.status, state.error_code) == (status, None if status == "done" else "run_lost")
    assert await flights.units(own, student) == [1, 1 if status == "done" else 0]


async def test_who_asks_when_a_flight_is_full_leads_the_next(pool: engine.Pool, student: str) -> None:
    (full,) = await flights.fly(pool, student, 1)
    await pool.execute(
        """INSERT INTO chat.tasks (id, user_id, session_id, question, normalised, fact_keys, language, prompt_set,
                                   status, accepted_at, flight_id)
           SELECT uuidv7(), user_id || n, session_id, question, normalised, fact_keys, language, prompt_set,
                  'queued', accepted_at, id
           FROM chat.tasks, generate_series(1, 1999) AS n WHERE id = $1""",
        full,
    )
    next_one, joined = await flights.fly(pool, f"{student}-later", 2, text=flights.text_of(student))
    await begin(pool, full)

    assert [await flights.column(pool, one, "flight_id") for one in (next_one, joined)] == [next_one, next_one]
    assert await tasks.renew(pool, [(full, 1)]) == [tasks.Lease(full, 1, stop_requested=False)]


@pytest.mark.usefixtures("settled")
async def test_a_run_that_cannot_be_ended_stops_nothing_else(own: engine.Pool, student: str) -> None:
    stuck, poison, behind, lost = [(await flights.fly(own, f"{student} {n}", 2))[0] for n in range(4)]
    for leader in (stuck, poison, lost):
        await begin(own, leader)
    await questions.finish(own, behind)
    await own.execute(
        """UPDATE chat.tasks SET runs = CASE WHEN id = $1 THEN 1 ELSE 3 END, lease_until = now()
           WHERE status = 'running'""",
        lost,
    )
    await own.execute(f"ALTER TABLE chat.tasks ADD CONSTRAINT stuck CHECK (id <> '{stuck}' OR finished_at IS NULL)")
    swept = await rescue.sweep(own)
    unfinished = await own.fetchval(
        "SELECT array_agg(DISTINCT flight_id) FROM chat.tasks WHERE status IN ('queued', 'running')"
    )

    assert swept == rescue.Swept((lost,), (poison,))
    assert set(unfinished) == {stuck, lost}


async def test_a_downgrade_gives_followers_a_run_of_their_own(database: str, student: str) -> None:

    async with engine.open_pool(database, application="test", size=2) as pool:
        leader, follower, third, fourth = await flights.fly(pool, student, 4)
        await begin(pool, leader)
        await flights.stop(pool, leader, f"{student}-0")
        await flights.stop(pool, fourth, f"{student}-3")
    await migrate.downgrade(database, "0003")
    async with engine.open_pool(database, application="test", size=1) as pool:
        rows = await pool.fetch(
            """SELECT t.id, t.status, j.id IS NOT NULL AS job FROM chat.tasks t
               LEFT JOIN queue_chat.procrastinate_jobs j ON j.id = t.job_id AND j.args ->> 'task_id' = t.id::text"""
        )
    assert {row["id"]: (row["status"], row["job"]) for row in rows} == {
        leader: ("done", True), follower: ("queued", True), third: ("queued", True), fourth: ("done", False)
    }  # fmt: skip
    await migrate.upgrade(database)

    assert await migrate.differences(database) is None
