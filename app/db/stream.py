"""The stream bus: chunks in a table that can be replayed, their text in the notification that announces them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.db import sql
from app.db.engine import Connection, Pool

# Settings of the connections that read chunks. A plan made while the table was empty would scan it for ever
# (439 ms instead of 6 for 1,000 streams), so each run is planned for its own values.
READER_SETTINGS = {"plan_cache_mode": "force_custom_plan"}
# Chunks outlive their task's end by this much; later readers get the answer from its row.
RETENTION = timedelta(minutes=15)

_SQL = sql.load("stream")
_SEPARATOR = " "


@dataclass(frozen=True, slots=True)
class Chunk:
    """One event of one attempt. `data` is one line of JSON, None when it was too long for a notification."""

    task_id: UUID
    attempt: int
    seq: int
    event: str
    data: str | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last event a reader has, (0, 0) for none."""

    task_id: UUID
    attempt: int
    seq: int


async def append(connection: Connection, chunks: Sequence[Chunk]) -> list[tuple[UUID, int]]:
    """Write chunks and tell the API processes that have subscribers, in one statement.

    A chunk that is there already is left alone, so a repeat after a lost connection is safe. Returns the (task,
    attempt) pairs whose chunks were refused because another attempt has taken over.
    """
    rows = await connection.fetch(
        _SQL["append"],
        [chunk.task_id for chunk in chunks],
        [chunk.attempt for chunk in chunks],
        [chunk.seq for chunk in chunks],
        [chunk.event for chunk in chunks],
        [chunk.data for chunk in chunks],
    )
    return [(row["task_id"], row["attempt"]) for row in rows]


def parse(payload: str) -> list[Chunk]:
    """The chunks of one notification."""
    chunks = []
    for line in payload.split("\n"):
        task_id, attempt, seq, event, data = line.split(_SEPARATOR, 4)
        chunks.append(Chunk(UUID(task_id), int(attempt), int(seq), event, data or None))
    return chunks


async def subscribe(pool: Pool, task_id: UUID, *, channel: str) -> None:
    """Have this task's chunks sent to `channel` from now on; committed on return."""
    await pool.execute(
        "INSERT INTO chat.stream_subscribers (task_id, channel) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        task_id,
        channel,
    )


async def unsubscribe(pool: Pool, task_ids: Sequence[UUID], *, channel: str) -> None:
    """Stop sending these tasks' chunks to `channel`."""
    await pool.execute(
        "DELETE FROM chat.stream_subscribers WHERE channel = $1 AND task_id = ANY ($2::uuid[])", channel, list(task_ids)
    )


async def resubscribe(pool: Pool, task_ids: Sequence[UUID], *, channel: str) -> None:
    """Restore subscriptions that a database crash has emptied."""
    await pool.execute(
        "INSERT INTO chat.stream_subscribers (task_id, channel) SELECT t, $1 FROM unnest($2::uuid[]) AS t"
        " ON CONFLICT DO NOTHING",
        channel,
        list(task_ids),
    )


async def read_after(pool: Pool, cursors: Sequence[Cursor]) -> list[Chunk]:
    """What comes after each cursor in its task's newest attempt, in order; one query for any number of tasks."""
    rows = await pool.fetch(
        _SQL["read_after"],
        [cursor.task_id for cursor in cursors],
        [cursor.attempt for cursor in cursors],
        [cursor.seq for cursor in cursors],
    )
    return [Chunk(*row.values()) for row in rows]


async def clean(pool: Pool) -> None:
    """Remove chunks, subscriptions and keys that nobody can use any more."""
    for name in ("clean_chunks", "clean_subscribers", "clean_keys"):
        await pool.execute(_SQL[name], *([RETENTION] if name != "clean_keys" else []))


async def use_ticket(pool: Pool, *, ticket_hash: bytes, task_id: UUID, cookie_hash: bytes) -> str | None:
    """Trade a single-use ticket for a cookie; the task's owner, or None when the ticket is used, old or another's."""
    owner: str | None = await pool.fetchval(_SQL["use_ticket"], ticket_hash, task_id, cookie_hash, RETENTION * 4)
    return owner


async def cookie_owner(pool: Pool, *, cookie_hash: bytes, task_id: UUID) -> str | None:
    """The task's owner for a valid stream cookie."""
    owner: str | None = await pool.fetchval(_SQL["cookie_owner"], cookie_hash, task_id)
    return owner
