"""One accepted question and its life, as the worker and its owner see it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from app.db import cache
from app.db.engine import Connection, Pool
from app.errors import AttemptFenced

Status = Literal["queued", "running", "done", "failed"]

# How long a run may stay silent before the sweep gives its task to another worker, and how often a run says it lives.
LEASE = timedelta(seconds=10)
RENEW_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class RunningTask:
    """A task this process has just begun to run, as attempt number `attempt`."""

    id: UUID
    user_id: str
    session_id: UUID
    question: str
    normalised: str
    fact_keys: tuple[str, ...]
    language: str
    attempt: int
    accepted_at: datetime
    stop_requested: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """What the database says of a running attempt: is it still the current one, and shall it stop?"""

    task_id: UUID
    attempt: int
    stop_requested: bool


@dataclass(frozen=True, slots=True)
class State:
    """A task as the stream sees it. `last_seq` is the seq of the last attempt's final event."""

    task_id: UUID
    status: Status
    attempt: int
    last_seq: int | None
    finished_at: datetime | None
    settled: bool
    answer: dict[str, Any] | None
    route: dict[str, Any] | None
    sources: list[dict[str, Any]] | None
    error_code: str | None


@dataclass(frozen=True, slots=True)
class Ending:
    """Everything the finishing transaction writes. `last_seq` is the seq that the `done` event will have."""

    answer: dict[str, Any]
    route: dict[str, Any] | None
    sources: list[dict[str, Any]] | None
    namespaces: Sequence[UUID]
    withheld: int
    last_seq: int
    refund: bool
    first_words_at: datetime | None
    cache_entry: cache.NewEntry | None
    served: UUID | None = None


async def start(pool: Pool, task_id: UUID) -> RunningTask | None:
    """Begin a new attempt; None when the task has ended or another worker holds its lease."""
    row = await pool.fetchrow(
        """UPDATE chat.tasks SET status = 'running', attempt = attempt + 1, runs = runs + 1,
                  lease_until = now() + $2, started_at = coalesce(started_at, ops.now())
           WHERE id = $1 AND (status = 'queued' OR (status = 'running' AND lease_until < now()))
           RETURNING id, user_id, session_id, question, normalised, fact_keys, language, attempt, accepted_at,
                     stop_requested_at IS NOT NULL AS stop_requested""",
        task_id,
        LEASE,
    )
    return RunningTask(*row.values()) if row else None


async def renew(pool: Pool, running: Sequence[tuple[UUID, int]]) -> list[Lease]:
    """Prolong the leases of these (task, attempt) pairs; a pair that is missing from the result is fenced."""
    rows = await pool.fetch(
        """UPDATE chat.tasks t SET lease_until = now() + $3
           FROM unnest($1::uuid[], $2::integer[]) AS mine (id, attempt)
           WHERE t.id = mine.id AND t.attempt = mine.attempt AND t.status = 'running'
           RETURNING t.id, t.attempt, t.stop_requested_at IS NOT NULL AS stop_requested""",
        [task_id for task_id, _ in running],
        [attempt for _, attempt in running],
        LEASE,
    )
    return [Lease(*row.values()) for row in rows]


async def raise_attempt(pool: Pool, task_id: UUID, *, attempt: int) -> int:
    """Fence this attempt off and take the next one, after words were shown that are now void.

    Raises:
        AttemptFenced: another run has taken over.
    """
    raised: int | None = await pool.fetchval(
        "UPDATE chat.tasks SET attempt = attempt + 1 WHERE id = $1 AND attempt = $2 AND status = 'running'"
        " RETURNING attempt",
        task_id,
        attempt,
    )
    if raised is None:
        raise AttemptFenced
    return raised


async def finish(connection: Connection, task: RunningTask, ending: Ending, *, attempt: int) -> None:
    """Save the answer of attempt `attempt`, its turn and its cache entry in one durable transaction.

    Raises:
        AttemptFenced: another run has taken over, or the task has ended.
    """
    async with connection.transaction():
        finished = await connection.fetchval(
            """UPDATE chat.tasks SET status = 'done', lease_until = NULL, answer = $3, route = $4, sources = $5,
                      namespaces = $6, withheld = $7, last_seq = $8, refunded = $9, first_words_at = $10,
                      finished_at = ops.now()
               WHERE id = $1 AND attempt = $2 AND status = 'running' RETURNING finished_at""",
            task.id,
            attempt,
            json.dumps(ending.answer),
            json.dumps(ending.route) if ending.route else None,
            json.dumps(ending.sources) if ending.sources is not None else None,
            list(ending.namespaces),
            ending.withheld,
            ending.last_seq,
            ending.refund,
            ending.first_words_at,
        )
        if finished is None:
            raise AttemptFenced
        await _add_answer_turn(connection, task.id, text=ending.answer["text"])
        if ending.refund:
            await connection.execute("SELECT chat.return_unit($1, $2)", task.user_id, task.accepted_at)
        if ending.cache_entry:
            await cache.store(connection, ending.cache_entry)
        if ending.served:
            await cache.note_serving(connection, ending.served, task_id=task.id)


async def _add_answer_turn(connection: Connection, task_id: UUID, *, text: str) -> None:
    await connection.execute(
        """WITH turn AS (
               INSERT INTO chat.turns (task_id, role, session_id, text, created_at)
               SELECT id, 'assistant', session_id, $2, ops.now() FROM chat.tasks WHERE id = $1 RETURNING session_id)
           UPDATE chat.sessions s SET last_active_at = ops.now() FROM turn WHERE s.id = turn.session_id""",
        task_id,
        text,
    )


async def release(pool: Pool, task_id: UUID, *, attempt: int) -> None:
    """Give a running task back unfinished: the worker is going down, or failed in a way that a new run may not."""
    await pool.execute(
        "UPDATE chat.tasks SET status = 'queued', lease_until = NULL"
        " WHERE id = $1 AND attempt = $2 AND status = 'running'",
        task_id,
        attempt,
    )


async def state(pool: Pool, task_id: UUID, *, owner: str) -> State | None:
    """The owner's task, or None when it is not theirs."""
    rows = await states(pool, [task_id], owner=owner)
    return rows[0] if rows else None


async def states(pool: Pool, task_ids: Sequence[UUID], *, owner: str | None = None) -> list[State]:
    """The tasks as the stream sees them; `settled` two seconds after the end, when a `done` still on its way has come.

    `owner` None is for streams whose ownership was checked when they were attached.
    """
    rows = await pool.fetch(
        """SELECT id, status, attempt, last_seq, finished_at,
                  coalesce(finished_at < ops.now() - interval '2 seconds', false) AS settled,
                  answer, route, sources, error_code
           FROM chat.tasks WHERE id = ANY ($1::uuid[]) AND ($2::text IS NULL OR user_id = $2)""",
        list(task_ids),
        owner,
    )
    return [_state(row) for row in rows]


def _state(row: Any) -> State:
    answer, route, sources = (json.loads(row[name]) if row[name] else None for name in ("answer", "route", "sources"))
    return State(
        task_id=row["id"],
        status=row["status"],
        attempt=row["attempt"],
        last_seq=row["last_seq"],
        finished_at=row["finished_at"],
        settled=row["settled"],
        answer=answer,
        route=route,
        sources=sources,
        error_code=row["error_code"],
    )


async def request_stop(pool: Pool, task_id: UUID, *, owner: str, unrun_answer: dict[str, Any]) -> Status | None:
    """Ask for the end of the owner's task; its status afterwards, or None when it is not theirs.

    A running task ends when its worker next renews its lease. One that no worker has begun ends here, with
    `unrun_answer`. A finished one stays as it is.
    """
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(
            """UPDATE chat.tasks
               SET stop_requested_at = CASE WHEN finished_at IS NULL THEN coalesce(stop_requested_at, ops.now())
                                            ELSE stop_requested_at END
               WHERE id = $1 AND user_id = $2 RETURNING status, attempt""",
            task_id,
            owner,
        )
        if row is None:
            return None
        status: Status = row["status"]
        if status != "queued" or row["attempt"] > 0:
            return status
        await connection.execute(
            "UPDATE chat.tasks SET status = 'done', answer = $2, finished_at = ops.now() WHERE id = $1",
            task_id,
            json.dumps(unrun_answer),
        )
        await _add_answer_turn(connection, task_id, text=unrun_answer["text"])
        return "done"


async def save_feedback(pool: Pool, task_id: UUID, *, owner: str, score: int, comment: str | None) -> bool:
    """Keep the owner's verdict, replacing an earlier one; False when the task is not theirs."""
    kept = await pool.fetchval(
        """INSERT INTO chat.feedback AS f (task_id, score, comment)
           SELECT id, $3, $4 FROM chat.tasks WHERE id = $1 AND user_id = $2
           ON CONFLICT (task_id) DO UPDATE SET score = excluded.score, comment = excluded.comment, created_at = now()
           RETURNING f.task_id""",
        task_id,
        owner,
        score,
        comment,
    )
    return kept is not None
