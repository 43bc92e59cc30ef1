"""Students who ask the same at the same time, for tests of shared runs."""

import json
from typing import Any
from uuid import UUID

from support.questions import asked

from app.agents import closing
from app.db import engine, enqueue, gate, stops
from app.db.enqueue import Asked
from app.db.stops import Shown


async def fly(pool: engine.Pool, student: str, size: int, *, text: str | None = None, paid: bool = False) -> list[UUID]:
    """So many students who ask the same; the first leads."""
    batch = []
    for n in range(size):
        one = asked_by(f"{student}-{n}", text or text_of(student))
        if paid:
            gated = await gate.gate(pool, one.question, session_id=None, limit=100)
            one = Asked(one.question, gated.session_id, gated.asked_at, flies=True)
        batch.append(one)
    return [one.task_id for one in await enqueue.enqueue(pool, batch) if one.task_id]


def text_of(student: str) -> str:
    """What these students ask."""
    return f"What do {student} and others ask?"


def asked_by(user: str, text: str, **changes: Any) -> Asked:
    """A question that may share a run."""
    question = asked(user, text, **changes)
    return Asked(question, question.task_id, flies=True)


async def stop(pool: engine.Pool, task_id: UUID, owner: str) -> str | None:
    """The student stops; the task's status afterwards."""

    def answer(shown: Shown) -> dict[str, Any]:
        return closing.left(task_id, "primary", shown.text, shown.route, shown.sources).model_dump(mode="json")

    return await stops.request_stop(pool, task_id, owner=owner, answer=answer)


async def say(pool: engine.Pool, task_id: UUID, seq: int, event: str, data: dict[str, Any]) -> None:
    """An event of attempt 1, as a worker writes it."""
    await pool.execute(
        "INSERT INTO chat.stream_chunks (task_id, attempt, seq, event, data) VALUES ($1, 1, $2, $3, $4)",
        task_id,
        seq,
        event,
        json.dumps(data),
    )


async def column(pool: engine.Pool, task_id: UUID, name: str) -> Any:
    """One column of a task."""
    return await pool.fetchval(f"SELECT {name} FROM chat.tasks WHERE id = $1", task_id)


async def units(pool: engine.Pool, student: str) -> list[int]:
    """The units used by the students whose ids begin so."""
    rows = await pool.fetch(
        "SELECT used FROM chat.rate_counters WHERE user_id LIKE $1 || '%' ORDER BY user_id", student
    )
    return [row["used"] for row in rows]
