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
    """A task this process has just begun to run, as attempt number `attempt`.

    `alone` says that it is answered without what was said before it: others may share the run.
    """

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
    alone: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """What the database says of a running attempt: is it still the current one, and shall it stop?"""

    task_id: UUID
    attempt: int
    stop_requested: bool


@dataclass(frozen=True, slots=True)
class State:
    """A task as its student's stream sees it. `last_seq` is the seq of the last attempt's final event.

    Its chunks are those of the task `source_id`: the leader's of a shared run, else its own. Until it has ended,
    `status` and `attempt` are the source's. `shown_attempt` and `shown_seq` are set when this student stopped while the
    run goes on for others: the stream has the source's chunks up to that event and then its own `done`,
    `<shown_attempt>.<shown_seq + 1>`, which `attempt` and `last_seq` name too; `shown_seq` is 0 when nothing had been
    shown. A reader that has been taken further by a chunk in flight is told it all from the row, under `attempt` + 1.
    """

    task_id: UUID
    source_id: UUID
    accepted_at: datetime
    status: Status
    attempt: int
    last_seq: int | None
    shown_attempt: int | None
    shown_seq: int | None
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
                     stop_requested_at IS NOT NULL AND (flight_id IS NULL OR flight_key IS NULL) AS stop_requested,
                     flight_id IS NOT NULL AS alone""",
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
           -- A process of the release before asks for the end also of a run that others wait for.
           RETURNING t.id, t.attempt,
                     t.stop_requested_at IS NOT NULL AND (t.flight_id IS NULL OR t.flight_key IS NULL)
                         AS stop_requested""",
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
    """Save the answer of attempt `attempt` for all who wait for it, and its cache entry, in one durable transaction.

    Raises:
        AttemptFenced: another run has taken over, or the task has ended.
    """
    async with connection.transaction():
        current = await connection.fetchval(
            "SELECT true FROM chat.tasks WHERE id = $1 AND attempt = $2 AND status = 'running' FOR UPDATE",
            task.id,
            attempt,
        )
        if not current:
            raise AttemptFenced
        ended = await connection.fetchval(
            "SELECT chat.end_run($1, $2, $3, NULL, $4, $5, $6, $7, $8, $9, $10)",
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
        if ending.cache_entry:
            await cache.store(connection, ending.cache_entry)
        if ending.served:
            await cache.note_serving(connection, ending.served, task_ids=ended)


async def fail(connection: Connection, task_id: UUID, *, attempt: int, code: str) -> None:
    """End a task whose row the caller has locked, and all who wait for it, without an answer; units go back."""
    await connection.execute(
        "SELECT chat.end_run($1, $2, NULL, $3, NULL, NULL, NULL, 0, NULL, true, NULL)", task_id, attempt, code
    )


async def release(pool: Pool, task_id: UUID, *, attempt: int) -> None:
    """Give a running task back unfinished: the worker is going down, or failed in a way that a new run may not.

    The run is not counted in `runs` any more: those are the ones that their worker did not survive, or that go on.
    """
    await pool.execute(
        "UPDATE chat.tasks SET status = 'queued', lease_until = NULL, runs = runs - 1"
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
        """SELECT t.id, run.id AS source_id, t.accepted_at,
                  CASE WHEN t.left_at IS NOT NULL THEN 'done' WHEN t.finished_at IS NULL THEN run.status
                       ELSE t.status END AS status,
                  coalesce(t.shown_attempt, CASE WHEN t.finished_at IS NULL THEN run.attempt ELSE t.attempt END)
                      AS attempt,
                  coalesce(t.shown_seq + 1, t.last_seq) AS last_seq, t.shown_attempt, t.shown_seq,
                  coalesce(t.left_at, t.finished_at) AS finished_at,
                  coalesce(coalesce(t.left_at, t.finished_at) < ops.now() - interval '2 seconds', false) AS settled,
                  coalesce(t.left_answer, t.answer) AS answer, t.route, t.sources, t.error_code
           FROM chat.tasks t JOIN chat.tasks run ON run.id = coalesce(t.flight_id, t.id)
           WHERE t.id = ANY ($1::uuid[]) AND ($2::text IS NULL OR t.user_id = $2)""",
        list(task_ids),
        owner,
    )
    return [_state(row) for row in rows]


def _state(row: Any) -> State:
    answer, route, sources = (json.loads(row[name]) if row[name] else None for name in ("answer", "route", "sources"))
    return State(
        task_id=row["id"],
        source_id=row["source_id"],
        accepted_at=row["accepted_at"],
        status=row["status"],
        attempt=row["attempt"],
        last_seq=row["last_seq"],
        shown_attempt=row["shown_attempt"],
        shown_seq=row["shown_seq"],
        finished_at=row["finished_at"],
        settled=row["settled"],
        answer=answer,
        route=route,
        sources=sources,
        error_code=row["error_code"],
    )


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
