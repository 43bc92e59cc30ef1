"""The first database call of a question: may it be asked, was it asked before, is its answer there already?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from app.db.engine import Pool
from app.settings import CACHE_THRESHOLD

Outcome = Literal["hit", "miss", "repeat", "key_reused", "limited", "busy", "no_session", "too_many"]


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
class PostKey:
    """The key under which a client may post the same again, and the sha256 of what it posted."""

    text: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Gated:
    """What the gate decided. `used` counts today's questions with this one; `answer` is set on a hit only.

    `task_id` is the question's own, of a repeat the first post's, whose `answer` is there when that was a hit.
    `asked_at` is the moment whose day's unit was taken. `has_window` says that the session has something before it.
    """

    outcome: Outcome
    task_id: UUID
    session_id: UUID
    used: int
    asked_at: datetime
    resets_at: datetime
    has_window: bool
    answer: dict[str, Any] | None


async def gate(
    pool: Pool,
    question: Question,
    *,
    session_id: UUID | None,
    limit: int,
    threshold: float = CACHE_THRESHOLD,
    key: PostKey | None = None,
    admit: bool = True,
) -> Gated:
    """Look for an earlier post with this key, check the session, take a quota unit, look for a cached answer.

    One round trip. `threshold` is the cosine that a hit in another wording needs beside equal keys. A hit also writes
    the finished task and both turns. All outcomes but `hit` and `miss` take nothing; without `admit`, `busy` stands
    for `miss`.
    """
    row = await pool.fetchrow(
        "SELECT * FROM chat.gate($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
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
        key.text if key else None,
        key.body_hash if key else None,
        admit,
    )
    return Gated(
        outcome=cast("Outcome", row["outcome"]),
        task_id=row["task_id"],
        session_id=row["session_id"],
        used=row["used"] or 0,
        asked_at=row["asked_at"],
        resets_at=row["resets_at"],
        has_window=row["has_window"],
        answer=json.loads(row["answer"]) if row["answer"] else None,
    )


async def has_unit_taken(pool: Pool, user_id: str) -> bool:
    """Whether a question of the student got its unit in the last seconds and is on its way from the gate to the queue.

    What a killed process took stands there for a day: nobody waits for that.
    """
    found: bool = await pool.fetchval(
        "SELECT EXISTS (SELECT FROM chat.units_taken WHERE user_id = $1"
        " AND asked_at > ops.now() - interval '5 seconds')",
        user_id,
    )
    return found


async def drop_old_keys(pool: Pool) -> int:
    """Delete what is left of posts of over 25 hours ago; how many keys went.

    Keys go in batches of a thousand, twenty at most.
    """
    gone = 0
    # What an API process took that was killed before it could use it or give it back.
    await pool.execute("DELETE FROM chat.units_taken WHERE asked_at < ops.now() - interval '25 hours'")
    for _ in range(20):
        dropped: int = await pool.fetchval("SELECT ops.drop_old_keys()")
        gone += dropped
        if dropped < 1000:
            break
    return gone
