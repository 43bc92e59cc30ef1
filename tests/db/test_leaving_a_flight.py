"""Students who stop in a run that others wait for, and the last who does."""

import asyncio

import pytest
from support import flights
from support.questions import begin, end

from app.db import engine, rescue, tasks


async def test_a_follower_who_stops_is_done_with_what_was_shown(pool: engine.Pool, student: str) -> None:
    leader, follower, other = await flights.fly(pool, student, 3)
    running = await begin(pool, leader)
    await flights.say(pool, leader, 1, "status", {}), await flights.say(pool, leader, 2, "token", {"text": "Six"})
    assert await flights.stop(pool, follower, f"{student}-1") == "done"
    at_once = await tasks.state(pool, follower, owner=f"{student}-1")
    await end(pool, running)
    afterwards = await tasks.state(pool, follower, owner=f"{student}-1")

    assert at_once is not None
    assert at_once.answer is not None
    assert (at_once.status, at_once.attempt, at_once.last_seq) == ("done", 1, 3)
    assert (at_once.shown_attempt, at_once.shown_seq, at_once.source_id) == (1, 2, leader)
    assert (at_once.answer["text"], at_once.answer["stopped"], at_once.answer["task_id"]) == (
        "Six",
        True,
        str(follower),
    )
    assert afterwards == at_once
    assert [await flights.column(pool, one, "(answer ->> 'stopped')::boolean") for one in (leader, other)] == [
        False,
        False,
    ]


async def test_a_leader_who_stops_is_done_while_the_run_goes_on(pool: engine.Pool, student: str) -> None:
    leader, follower = await flights.fly(pool, student, 2)
    running = await begin(pool, leader)
    await flights.say(pool, leader, 1, "token", {"text": "Six"})
    assert await flights.stop(pool, leader, f"{student}-0") == "done"
    assert await flights.stop(pool, leader, f"{student}-0") == "done"
    at_once = await tasks.state(pool, leader, owner=f"{student}-0")
    assert await tasks.renew(pool, [(leader, 1)]) == [tasks.Lease(leader, 1, stop_requested=False)]
    await end(pool, running)
    afterwards = await tasks.state(pool, leader, owner=f"{student}-0")
    turns = await pool.fetch(
        """SELECT u.task_id, u.text FROM chat.turns u JOIN chat.tasks t ON t.id = u.task_id
           WHERE u.role = 'assistant' AND t.flight_id = $1""",
        leader,
    )

    assert at_once is not None
    assert at_once.answer is not None
    assert (at_once.status, at_once.shown_attempt, at_once.shown_seq) == ("done", 1, 1)
    assert (at_once.answer["text"], at_once.answer["stopped"]) == ("Six", True)
    assert afterwards == at_once
    assert dict(tuple(row) for row in turns) == {leader: "Six", follower: "Six freedoms [1]."}


@pytest.mark.usefixtures("settled")
async def test_a_leader_who_stopped_gets_no_unit_back_and_no_failure(own: engine.Pool, student: str) -> None:
    leader, follower = await flights.fly(own, student, 2, paid=True)
    await begin(own, leader)
    await flights.stop(own, leader, f"{student}-0")
    await own.execute("UPDATE chat.tasks SET runs = 3, lease_until = now() WHERE id = $1", leader)
    await rescue.sweep(own)

    assert [await flights.column(own, task, "status") for task in (leader, follower)] == ["done", "failed"]
    assert await flights.units(own, student) == [1, 0]


async def test_the_last_to_stop_stops_the_run(pool: engine.Pool, student: str) -> None:
    leader, follower = await flights.fly(pool, student, 2)
    await begin(pool, leader)
    await flights.stop(pool, leader, f"{student}-0")
    await flights.stop(pool, follower, f"{student}-1")
    (next_one,) = await flights.fly(pool, f"{student}-later", 1, text=flights.text_of(student))

    assert await tasks.renew(pool, [(leader, 1)]) == [tasks.Lease(leader, 1, stop_requested=True)]
    assert await flights.column(pool, next_one, "flight_id") == next_one


async def test_a_run_that_all_have_left_before_it_began_never_begins(pool: engine.Pool, student: str) -> None:
    leader, follower = await flights.fly(pool, student, 2)
    await flights.stop(pool, leader, f"{student}-0")
    await flights.stop(pool, follower, f"{student}-1")
    states = await tasks.states(pool, [leader, follower])

    assert await tasks.start(pool, leader) is None
    assert [(state.status, state.shown_attempt, state.shown_seq) for state in states] == [("done", 1, 0)] * 2
    assert [state.answer["stopped"] for state in states if state.answer] == [True, True]


async def test_who_leads_alone_and_stops_is_followed_by_nobody(pool: engine.Pool, student: str) -> None:
    (leader,) = await flights.fly(pool, student, 1)
    await begin(pool, leader)
    assert await flights.stop(pool, leader, f"{student}-0") == "running"
    (next_one,) = await flights.fly(pool, f"{student}-later", 1, text=flights.text_of(student))

    assert await flights.column(pool, next_one, "flight_id") == next_one


async def test_a_stop_by_a_process_of_the_release_before_does_not_end_the_run_of_all(
    pool: engine.Pool, student: str
) -> None:
    leader, follower = await flights.fly(pool, student, 2)
    await pool.execute("UPDATE chat.tasks SET stop_requested_at = ops.now() WHERE id = $1", leader)
    running = await begin(pool, leader)
    before = await tasks.renew(pool, [(leader, 1)])
    await flights.stop(pool, leader, f"{student}-0")
    await flights.stop(pool, follower, f"{student}-1")

    assert (running.stop_requested, before) == (False, [tasks.Lease(leader, 1, stop_requested=False)])
    assert await tasks.renew(pool, [(leader, 1)]) == [tasks.Lease(leader, 1, stop_requested=True)]


@pytest.mark.parametrize(("lost", "shown"), [(0, (3, "One two")), (1, (0, ""))])
async def test_of_chunks_that_a_crash_has_cut_nothing_counts_as_shown(
    pool: engine.Pool, student: str, lost: int, shown: tuple[int, str]
) -> None:
    leader, follower = await flights.fly(pool, student, 2)
    await begin(pool, leader)
    for seq, event in enumerate([("status", {}), ("token", {"text": "One "}), ("token", {"text": "two"})], start=1):
        if seq > lost:
            await flights.say(pool, leader, seq, *event)
    await flights.stop(pool, follower, f"{student}-1")
    state = await tasks.state(pool, follower, owner=f"{student}-1")

    assert state is not None
    assert state.answer is not None
    assert (state.shown_seq, state.answer["text"]) == shown


async def test_who_leaves_a_run_holds_no_lease(pool: engine.Pool, student: str) -> None:
    _, follower = await flights.fly(pool, student, 2)
    await pool.execute("UPDATE chat.tasks SET status = 'running', lease_until = now() WHERE id = $1", follower)
    await flights.stop(pool, follower, f"{student}-1")

    assert await flights.column(pool, follower, "lease_until") is None


async def test_api_processes_hear_of_a_student_who_left(pool: engine.Pool, common: str, student: str) -> None:
    leader, follower = await flights.fly(pool, student, 2)
    await begin(pool, leader)
    await flights.say(pool, leader, 1, "token", {"text": "Six"})
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await engine.connect(common)
    await listener.add_listener("api_test", lambda *notified: heard.put_nowait(str(notified[3])))
    await pool.execute("INSERT INTO chat.stream_subscribers (task_id, channel) VALUES ($1, 'api_test')", leader)
    await flights.stop(pool, follower, f"{student}-1")

    assert await asyncio.wait_for(heard.get(), 10) == f"{follower} 1 1 ended "
    await listener.close()
