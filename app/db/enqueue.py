"""The second database call of a question that has no answer yet: on disk with its job, many at once or not at all."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from app.db.engine import Pool
from app.db.gate import PostKey, Question

Outcome = Literal["accepted", "repeat", "key_reused", "limited", "too_many", "busy"]

# Unfinished tasks a student may have.
MOST_IN_FLIGHT = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that the gate let pass. `asked_at` is the gate's; `paid` says that a unit was taken.

    None stands for now, and for a question that has not been through the gate.

    `flies` says that its answer owes nothing to who asks or to what was said before: it may share the run of another
    student's same question.
    """

    question: Question
    session_id: UUID
    asked_at: datetime | None = None
    paid: bool = True
    flies: bool = False
    key: PostKey | None = None


@dataclass(frozen=True, slots=True)
class Enqueued:
    """What became of it. `task_id` and `session_id` are the answering task's, None with a refusal.

    Those of a repeat are the first post's, whose `answer` is there when that was a hit. `has_job` is False for a task
    that follows another's run.
    """

    outcome: Outcome
    task_id: UUID | None
    session_id: UUID | None
    has_job: bool
    answer: dict[str, Any] | None


async def enqueue(pool: Pool, asked: Sequence[Asked], *, most: int = MOST_IN_FLIGHT) -> list[Enqueued]:
    """Write tasks, turns, keys and jobs in one durable transaction: one round trip; on return they are on disk.

    `most` tasks of a student may be unfinished. Refused questions get their unit back in the same transaction.
    """
    rows = await pool.fetch(
        "SELECT * FROM chat.enqueue($1, $2)", json.dumps([_row(n, one) for n, one in enumerate(asked, start=1)]), most
    )
    return [
        Enqueued(
            cast("Outcome", row["outcome"]),
            row["task_id"],
            row["session_id"],
            row["has_job"],
            json.loads(row["answer"]) if row["answer"] else None,
        )
        for row in rows
    ]


async def enqueue_one(pool: Pool, question: Question, *, session_id: UUID, most: int = MOST_IN_FLIGHT) -> Enqueued:
    """One question with a run of its own, asked now."""
    (enqueued,) = await enqueue(pool, [Asked(question, session_id)], most=most)
    return enqueued


async def return_units_of_lost(pool: Pool, asked: Sequence[Asked]) -> None:
    """Give back the units whose enqueue failed before the commit; those that are used or back already stay so."""
    await pool.execute("SELECT chat.return_taken($1)", [one.question.task_id for one in asked])


def _row(n: int, asked: Asked) -> dict[str, object]:
    question, key = asked.question, asked.key
    when = {"asked_at": asked.asked_at.isoformat(), "gated": True} if asked.asked_at else {}
    return when | {
        "n": n,
        "task_id": str(question.task_id),
        "user_id": question.user_id,
        "session_id": str(asked.session_id),
        "question": question.text,
        "normalised": question.normalised,
        "fact_keys": question.fact_keys,
        "language": question.language,
        "prompt_set": question.prompt_set,
        "ticket": _bytes(question.ticket_hash),
        "paid": asked.paid,
        "flight_key": _bytes(_flight_key(question)) if asked.flies else None,
        "key": key.text if key else None,
        "body": _bytes(key.body_hash) if key else None,
    }


def _flight_key(question: Question) -> bytes:
    # Of one length: an index refuses a question of 4,000 characters.
    parts = (question.prompt_set, question.language, question.normalised)
    return hashlib.sha256("\0".join(parts).encode()).digest()


def _bytes(value: bytes) -> str:
    return f"\\x{value.hex()}"
