"""The stream bus: chunks in a table that can be replayed, their text in the notification that announces them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from app.db import sql
from app.db.engine import Connection, Pool

# Settings of the connections that read chunks. A plan made while the table was empty would scan it for ever
# (439 ms instead of 6 for 1,000 streams), so each run is planned for its own values.
READER_SETTINGS = {"plan_cache_mode": "force_custom_plan"}
# The writer's one statement comes up to 200 times a second, too often to be planned each time; so it is planned once,
# and must not scan what was empty then.
WRITER_SETTINGS = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
# Chunks outlive their task's end by this much; later readers get the answer from its row.
RETENTION = timedelta(minutes=15)

_SQL = sql.load("stream")
# A row of the table and of a notification is a run: events of one name and attempt that follow each other, their data
# lines joined by LF, under the seq of the last. JSON has neither of these two characters unescaped.
_EVENTS = "\n"
_RUNS = "\x1e"
# PostgreSQL allows under 8,000 bytes a payload. A run of more data than this is told without it.
_MOST_DATA = 3_800
_MOST_PAYLOAD = 7_900
# The same few tasks are named again and again.
_uuid = lru_cache(16_384)(UUID)
# What stands before a run's data: the task's 36 characters, two numbers of 8 digits in all, what separates them.
_HEAD = 36 + 8 + 5


class Chunk(NamedTuple):
    """One event of one attempt. `data` is one line of JSON, None when it was too long for a notification."""

    task_id: UUID
    attempt: int
    seq: int
    event: str
    data: str | None


class Cursor(NamedTuple):
    """The last event a reader has, (0, 0) for none."""

    task_id: UUID
    attempt: int
    seq: int


async def append(connection: Connection, chunks: Sequence[Chunk], *, again: bool = False) -> list[tuple[UUID, int]]:
    """Write chunks and tell the API processes that have subscribers, in one statement.

    The same chunks may be appended `again` after a lost connection: what is there already is left alone. Returns the
    (task, attempt) pairs whose chunks were refused because another attempt has taken over. `connection` is made with
    WRITER_SETTINGS.
    """
    rows = runs(chunks)
    refused = await connection.fetch(
        _SQL["append"], *map(list, zip(*rows, strict=True)), _payloads(rows), again, _MOST_DATA
    )
    return [(row["task_id"], row["attempt"]) for row in refused]


def runs(chunks: Iterable[Chunk]) -> list[Chunk]:
    """The same chunks in fewer rows: those of one task that follow each other under one name share one."""
    rows: list[Chunk] = []
    last: dict[UUID, int] = {}
    for chunk in chunks:
        place = last.get(chunk.task_id, -1)
        before = rows[place] if place >= 0 else None
        if before and before[1:4] == (chunk.attempt, chunk.seq - 1, chunk.event) and _fits(before, chunk):
            rows[place] = Chunk(*chunk[:4], f"{before.data}{_EVENTS}{chunk.data}")
        else:
            last[chunk.task_id] = len(rows)
            rows.append(chunk)
    return rows


def _fits(before: Chunk, chunk: Chunk) -> bool:
    # In characters a quarter of the bytes at worst, and cheap.
    return len(before.data or "") + len(chunk.data or "") < _MOST_DATA // 4


def _payloads(rows: Iterable[Chunk]) -> list[int]:
    """Which payload each row belongs to."""
    payload, filled, numbers = 0, 0, []
    for row in rows:
        size = len((row.data or "").encode())
        size = _HEAD + len(row.event) + (size if size <= _MOST_DATA else 0)
        filled += size
        if filled > _MOST_PAYLOAD:
            payload, filled = payload + 1, size
        numbers.append(payload)
    return numbers


def parse(payload: str) -> list[Chunk]:
    """The runs of one notification."""
    found = []
    for run in payload.split(_RUNS):
        task_id, attempt, seq, event, data = run.split(" ", 4)
        found.append(Chunk(_uuid(task_id), int(attempt), int(seq), event, data or None))
    return found


def lines(run: Chunk) -> enumerate[str]:
    """The seq and the data line of each event of a run that has its data."""
    found = (run.data or "").split(_EVENTS)
    return enumerate(found, start=run.seq - len(found) + 1)


def first_seq(run: Chunk) -> int:
    """The seq of a run's first event; of a run without its data only the last is known."""
    return run.seq - (run.data or "").count(_EVENTS)


def events(run: Chunk) -> list[Chunk]:
    """The single events of a run."""
    if run.data is None or _EVENTS not in run.data:
        return [run]
    return [Chunk(run.task_id, run.attempt, seq, run.event, line) for seq, line in lines(run)]


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
    return [chunk for row in rows for chunk in events(Chunk(*row.values()))]


async def stirred(pool: Pool, cursors: Mapping[UUID, Cursor]) -> set[UUID]:
    """Of these tasks, by the cursors that their readers have in the chunks they are shown: those worth reading."""
    rows = await pool.fetch(
        _SQL["stirred"],
        list(cursors),
        [cursor.task_id for cursor in cursors.values()],
        [cursor.attempt for cursor in cursors.values()],
        [cursor.seq for cursor in cursors.values()],
    )
    return {row["task_id"] for row in rows}


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
