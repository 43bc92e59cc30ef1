"""The two database calls of an accepted question: the gate, and on a miss the durable enqueue."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from app.db.engine import ConnectionLost, DatabaseError, Pool
from app.settings import CACHE_THRESHOLD

Outcome = Literal["hit", "miss", "limited", "no_session"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the database stores it. `ticket_hash` is the sha256 of the single-use stream ticket.

    `embedding` is of its canonical wording, None for a question that no stored answer may serve.
    """

    task_id: UUID
    user_id: str
    text: str
    normalised: str
    embedding: Sequence[float] | None
    fact_keys: tuple[str, ...]
    language: str
    prompt_set: str
    ticket_hash: bytes


@dataclass(frozen=True, slots=True)
class Gated:
    """What the gate decided. `used` counts today's questions with this one; `answer` is set on a hit only."""

    outcome: Outcome
    session_id: UUID | None
    used: int
    resets_at: datetime
    answer: dict[str, Any] | None


async def gate(
    pool: Pool, question: Question, *, session_id: UUID | None, limit: int, threshold: float = CACHE_THRESHOLD
) -> Gated:
    """Check the session, take a quota unit, look for a cached answer: one round trip.

    `threshold` is the cosine that a hit in another wording needs beside equal keys. A hit also writes the finished task
    and both turns. `limited` and `no_session` take nothing.
    """
    row = await pool.fetchrow(
        "SELECT * FROM chat.gate($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        question.user_id,
        session_id,
        question.task_id,
        question.text,
        question.normalised,
        None if question.embedding is None else list(question.embedding),
        list(question.fact_keys),
        question.language,
        question.prompt_set,
        threshold,
        limit,
        question.ticket_hash,
    )
    answer = json.loads(row["answer"]) if row["answer"] else None
    return Gated(cast("Outcome", row["outcome"]), row["session_id"], row["used"] or 0, row["resets_at"], answer)


async def enqueue(pool: Pool, question: Question, *, session_id: UUID) -> None:
    """Write task, turn and job in one durable transaction: one round trip; on return they are on disk.

    When it fails, the quota unit that the gate took goes back first.
    """
    try:
        await _enqueue(pool, question, session_id)
    except (DatabaseError, *ConnectionLost, TimeoutError):
        # Whether it was committed is not always known; and while the database is away nothing can be returned.
        with suppress(DatabaseError, *ConnectionLost, TimeoutError):
            await return_unit_of_lost(pool, question)
        raise


async def _enqueue(pool: Pool, question: Question, session_id: UUID) -> None:
    await pool.execute(
        "SELECT chat.enqueue($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        question.user_id,
        session_id,
        question.task_id,
        question.text,
        question.normalised,
        list(question.fact_keys),
        question.language,
        question.prompt_set,
        question.ticket_hash,
    )


async def return_unit_of_lost(pool: Pool, question: Question) -> None:
    """Give the unit back when this question's task is not there: its enqueue failed before the commit."""
    await pool.execute(
        "SELECT chat.return_unit($1, ops.now()) WHERE NOT EXISTS (SELECT FROM chat.tasks WHERE id = $2)",
        question.user_id,
        question.task_id,
    )
