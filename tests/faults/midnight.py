"""C13: midnight in India under questions, by the database's clock."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

from support.clock import move, turn_to

from app.db import engine
from faults.field import Field
from faults.restarts import DAILY_LIMIT, EARLIER

_BEFORE, _AFTER = 8.0, 8.0
_STUDENTS = 12
# Accepted questions of these students by day, earlier ones included.
_BY_DAY = """
SELECT t.*, c.used FROM (
    SELECT user_id, (accepted_at AT TIME ZONE 'Asia/Kolkata')::date AS day, count(*) AS accepted
    FROM chat.tasks WHERE user_id = ANY ($1::text[]) AND NOT refunded GROUP BY 1, 2) t
LEFT JOIN chat.rate_counters c USING (user_id, day)
"""


async def crossed(field: Field) -> None:
    """C13: who has one question left asks again and again while the day ends; each day has its own hundred."""
    field.outcome.rounds = 1
    connection = await engine.connect(field.stack.dsn, application="tests")
    try:
        midnight: datetime = await connection.fetchval("SELECT chat.resets_at()")
        await turn_to(connection, midnight - timedelta(seconds=_BEFORE))
        await _cross(field, connection, midnight)
    finally:
        await move(connection, timedelta(0))
        await connection.close()


async def _cross(field: Field, connection: engine.Connection, midnight: datetime) -> None:
    students = [field.name() for _ in range(_STUDENTS)]
    today = await connection.fetchval("SELECT chat.today()")
    for student in students:
        await field.pool.execute(EARLIER, student, DAILY_LIMIT - 1)
    asking = field.start(field.asking(3.0, _BEFORE + _AFTER))
    found = await asyncio.gather(*(_insist(field, student, midnight) for student in students))
    await asking
    tomorrow = await connection.fetchval("SELECT chat.today()")
    rows = await field.pool.fetch(_BY_DAY, students)
    days = Counter(row["day"] for row in rows)
    seen = (tomorrow - today).days == 1 and days == {today: _STUDENTS, tomorrow: _STUDENTS}
    field.outcome.fault("the day ends under questions", seen=seen, evidence=f"{today}, then {tomorrow}; {dict(days)}")
    over = [dict(row) for row in rows if row["accepted"] > DAILY_LIMIT or row["used"] != row["accepted"]]
    field.outcome.check("each day has its own hundred, counted exactly", not over, f"{over[:3]}")
    full = sum(row["accepted"] == DAILY_LIMIT for row in rows if row["day"] == today)
    field.outcome.check("the last question of the old day was given to each", full == _STUDENTS, f"{full}")
    held = all(refused and resets for refused, resets in found)
    field.outcome.check("the one beyond it was refused until midnight, and said so", held, f"{found}")


async def _insist(field: Field, student: str, midnight: datetime) -> tuple[bool, bool]:
    """Ask every half second across midnight: was one refused, and did the accepted ones name the right midnight?"""
    refused, resets = False, True
    for _ in range(round((_BEFORE + _AFTER) / 0.5)):
        reply = await field.students.request("POST", "/chat", student, json={"query": field.question()})
        if reply is not None and reply.status_code == 202:
            named = datetime.fromisoformat(reply.json()["quota"]["resets_at"])
            resets = resets and named in (midnight, midnight + timedelta(days=1))
        elif reply is not None and reply.status_code == 429 and reply.json()["code"] == "daily_limit":
            refused = refused or bool(reply.headers.get("retry-after"))
        await asyncio.sleep(0.5)
        if refused and await field.pool.fetchval("SELECT ops.now() > $1", midnight + timedelta(seconds=4)):
            break
    return refused, resets
