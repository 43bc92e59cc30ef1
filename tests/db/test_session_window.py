"""Which earlier exchanges a question may lean on."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from support.questions import exchange

from app.db import engine, sessions

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


async def test_a_window_is_the_last_ten_exchanges_oldest_first(pool: engine.Pool) -> None:
    session_id, now = uuid4(), await _now(pool)
    for ago in range(12, 0, -1):
        await _exchange(pool, session_id, now - ago * MINUTE)

    assert await _window(pool, session_id, now) == [_name(now - ago * MINUTE) for ago in range(10, 0, -1)]


async def test_a_window_ends_thirty_idle_minutes_after_the_last_answer(pool: engine.Pool) -> None:
    session_id, now = uuid4(), await _now(pool)
    await _exchange(pool, session_id, now - SECOND, answered=now)

    assert await _window(pool, session_id, now + 30 * MINUTE) == [_name(now - SECOND)]
    assert await _window(pool, session_id, now + 30 * MINUTE + timedelta(microseconds=1)) == []


async def test_a_pause_inside_a_session_starts_a_fresh_window(pool: engine.Pool) -> None:
    session_id, now = uuid4(), await _now(pool)
    for ago in (80, 70, 35, 5):
        await _exchange(pool, session_id, now - ago * MINUTE)

    # From minute 70 to 35 is more than thirty idle minutes, from 35 to 5 is not.
    assert await _window(pool, session_id, now) == [_name(now - 35 * MINUTE), _name(now - 5 * MINUTE)]


async def test_a_question_sees_only_what_was_finished_when_it_was_accepted(pool: engine.Pool) -> None:
    session_id, now = uuid4(), await _now(pool)
    await _exchange(pool, session_id, now - 3 * MINUTE, answered=now - 2 * MINUTE)
    await _exchange(pool, session_id, now - 2 * MINUTE, answered=now + SECOND)

    assert await _window(pool, session_id, now) == [_name(now - 3 * MINUTE)]


async def test_a_window_is_of_one_session(pool: engine.Pool) -> None:
    now = await _now(pool)
    await _exchange(pool, uuid4(), now - MINUTE)

    assert await _window(pool, uuid4(), now) == []


async def test_what_was_stopped_or_could_not_be_answered_is_no_context(pool: engine.Pool) -> None:
    session_id, now = uuid4(), await _now(pool)
    stopped = await _exchange(pool, session_id, now - 3 * MINUTE)
    unanswered = await _exchange(pool, session_id, now - 2 * MINUTE)
    await _exchange(pool, session_id, now - MINUTE)
    for task_id, flaw in ((stopped, '{"stopped": true}'), (unanswered, '{"tier": "none"}')):
        await pool.execute("UPDATE chat.tasks SET answer = answer || $2 WHERE id = $1", task_id, flaw)

    assert await _window(pool, session_id, now) == [_name(now - MINUTE)]


async def test_a_window_holds_question_and_answer_with_their_times(pool: engine.Pool) -> None:
    session_id, now = uuid4(), await _now(pool)
    await _exchange(pool, session_id, now - MINUTE, answered=now)
    window = await sessions.window(pool, session_id=session_id, before=now)

    said = sessions.Exchange(_name(now - MINUTE), f"answered at {now:%H:%M:%S}", now - MINUTE, now)
    assert window == [said]


async def test_turns_come_in_order_each_answer_after_its_question(common: str, pool: engine.Pool, student: str) -> None:
    session_id, now = uuid4(), await _now(pool)
    first = await _exchange(pool, session_id, now - 3 * MINUTE, answered=now, user=student)
    second = await _exchange(pool, session_id, now - 2 * MINUTE, user=student)
    for task_id in (second, first):
        for role in ("assistant", "user"):
            await pool.execute(
                "INSERT INTO chat.turns (task_id, role, session_id, text) VALUES ($1, $2, $3, 't')",
                task_id, role, session_id,
            )  # fmt: skip
    async with engine.open_sessions(common, application="test", size=1) as made, made() as session:
        turns = await sessions.turns(session, session_id, owner=student)
        stranger = await sessions.turns(session, session_id, owner="stranger")

    told = [(turn.task_id, turn.role, turn.answer is not None) for turn in turns]
    assert told == [
        (first, "user", False), (first, "assistant", True), (second, "user", False), (second, "assistant", True),
    ]  # fmt: skip
    assert stranger == []


async def test_a_deleted_session_is_gone_for_its_owner_and_only_its_owner_deletes_it(
    common: str, pool: engine.Pool, student: str
) -> None:
    session_id, now = uuid4(), await _now(pool)
    await _exchange(pool, session_id, now - MINUTE, user=student)
    async with engine.open_sessions(common, application="test", size=1) as made, made() as session:
        by_stranger = await sessions.delete(session, session_id, owner="stranger")
        title = await sessions.title(session, session_id, owner=student)
        by_owner = await sessions.delete(session, session_id, owner=student)
        again = await sessions.delete(session, session_id, owner=student)
        left = await sessions.list_for(session, owner=student)

    assert (by_stranger, title, by_owner, again, left) == (False, "past", True, False, [])


async def _now(pool: engine.Pool) -> datetime:
    moment: datetime = await pool.fetchval("SELECT ops.now()")
    return moment


def _name(at: datetime) -> str:
    return f"asked at {at:%H:%M:%S}"


async def _exchange(
    pool: engine.Pool, session_id: UUID, at: datetime, *, answered: datetime | None = None, user: str = "a student"
) -> UUID:
    return await exchange(pool, session_id, user, at=at, answered=answered or at + SECOND)


async def _window(pool: engine.Pool, session_id: UUID, before: datetime) -> list[str]:
    return [one.question for one in await sessions.window(pool, session_id=session_id, before=before)]
