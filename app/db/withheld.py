"""Sentences that were withheld from answers, for operators. Nothing that a student sees reads from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.db.engine import Connection, Pool


@dataclass(frozen=True, slots=True)
class Row:
    """One withheld sentence: the tier that wrote it, why it was withheld, and the parents it cites."""

    tier: str
    sentence: str
    reason: str
    cited: tuple[UUID, ...]


async def save(connection: Connection, rows: Sequence[Row], *, task_id: UUID, attempt: int) -> None:
    """Write the sentences that attempt `attempt` of a task withheld, in their order."""
    await connection.executemany(
        """INSERT INTO ops.withheld_sentences (task_id, attempt, tier, sentence, reason, cited, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, ops.now())""",
        [(task_id, attempt, row.tier, row.sentence, row.reason, list(row.cited)) for row in rows],
    )


async def drop_old(pool: Pool) -> int:
    """Delete sentences of 90 days ago, at most a thousand; how many went."""
    gone: int = await pool.fetchval("SELECT ops.drop_old_withheld()")
    return gone
