"""A student's wish to have an answer end: at once where nobody else waits for it, else for this student alone."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.db import stream
from app.db.engine import Connection, Pool
from app.db.stream import Cursor
from app.db.tasks import Status


@dataclass(frozen=True, slots=True)
class Shown:
    """What a student who leaves a run has been shown: up to event `seq` of attempt `attempt`, 0 for nothing."""

    attempt: int
    seq: int
    text: str
    route: dict[str, Any] | None
    sources: list[dict[str, Any]]
    asked_at: datetime
    left_at: datetime


# Makes the answer that a student keeps who has been shown this much.
MakeAnswer = Callable[[Shown], dict[str, Any]]


async def request_stop(pool: Pool, task_id: UUID, *, owner: str, answer: MakeAnswer) -> Status | None:
    """Ask for the end of the owner's task; its status afterwards, or None when it is not theirs.

    `pool` is made with `app.db.stream.READER_SETTINGS`.

    A run that nobody else waits for ends when its worker next renews its lease, or here when no worker has begun it. In
    a run that goes on for others this student's task ends here, with what was shown. A finished task stays as it is.
    """
    async with pool.acquire() as connection:
        async with connection.transaction():
            run_id = await connection.fetchval(
                "SELECT coalesce(flight_id, id) FROM chat.tasks WHERE id = $1 AND user_id = $2", task_id, owner
            )
            if run_id is None:
                return None
            # Nobody joins or ends it from here on.
            run = await connection.fetchrow(
                "SELECT id, status, attempt, finished_at, left_at FROM chat.tasks WHERE id = $1 FOR UPDATE", run_id
            )
            own = await connection.fetchrow(
                "SELECT status, finished_at, left_at FROM chat.tasks WHERE id = $1", task_id
            )
            if own["finished_at"] is not None or own["left_at"] is not None:
                return own["status"] if own["left_at"] is None else "done"
            others = await _others_wait(connection, run_id, task_id)
            if not others and task_id == run_id:
                return await _stop_run(connection, task_id, run, answer)
            shown = await _leave(connection, task_id, run, answer)
            if not others:
                await _stop_run(connection, run_id, run, answer)
        await _tell_readers(connection, task_id, run_id, shown)
        return "done"


async def _others_wait(connection: Connection, run_id: UUID, task_id: UUID) -> bool:
    found: bool = await connection.fetchval(
        """SELECT EXISTS (SELECT FROM chat.tasks WHERE (id = $1 OR flight_id = $1) AND id <> $2
                          AND finished_at IS NULL AND left_at IS NULL)""",
        run_id,
        task_id,
    )
    return found


async def _stop_run(connection: Connection, run_id: UUID, run: Any, answer: MakeAnswer) -> Status:
    """Nobody waits for this run any more: who asks the same from now on gets another one."""
    await connection.execute(
        "UPDATE chat.tasks SET stop_requested_at = coalesce(stop_requested_at, ops.now()), flight_key = NULL"
        " WHERE id = $1",
        run_id,
    )
    status: Status = run["status"]
    if status != "queued" or run["attempt"] > 0:
        return status
    unrun = answer(await _shown(connection, run_id, run))
    await connection.execute(
        "SELECT chat.end_run($1, 0, $2, NULL, NULL, NULL, NULL, 0, NULL, false, NULL)", run_id, json.dumps(unrun)
    )
    return "done"


_LEADER_LEAVES = """
UPDATE chat.tasks SET left_answer = $2, left_at = ops.now(), shown_attempt = $3, shown_seq = $4, route = $5,
                      sources = $6
WHERE id = $1 RETURNING $2::jsonb ->> 'text'
"""
_FOLLOWER_LEAVES = """
UPDATE chat.tasks SET answer = $2, status = 'done', finished_at = ops.now(), lease_until = NULL, shown_attempt = $3,
                      shown_seq = $4, route = $5, sources = $6
WHERE id = $1 RETURNING $2::jsonb ->> 'text'
"""


async def _leave(connection: Connection, task_id: UUID, run: Any, answer: MakeAnswer) -> Shown:
    """End this student's part with what was shown. A leader's row runs on: what its student sees stands beside it."""
    shown = await _shown(connection, task_id, run)
    text = await connection.fetchval(
        _LEADER_LEAVES if task_id == run["id"] else _FOLLOWER_LEAVES,
        task_id,
        json.dumps(answer(shown)),
        shown.attempt,
        shown.seq,
        json.dumps(shown.route) if shown.route else None,
        json.dumps(shown.sources),
    )
    await connection.execute(
        """INSERT INTO chat.turns (task_id, role, session_id, text, created_at)
           SELECT id, 'assistant', session_id, $2, ops.now() FROM chat.tasks WHERE id = $1""",
        task_id,
        text,
    )
    return shown


async def _shown(connection: Connection, task_id: UUID, run: Any) -> Shown:
    """What the current attempt has said. Chunks are stored before they are told, so no reader knows more than this."""
    chunks = await stream.read_after(connection, [Cursor(run["id"], 0, 0)])
    # A new attempt may have begun that has said nothing yet.
    current = [one for one in chunks if one.attempt == run["attempt"]]
    if current and current[0].seq != 1:
        # A crash of the database has emptied the table in the middle of the attempt.
        current = []
    said = [(one.event, json.loads(one.data or "{}")) for one in current]
    asked_at, left_at = await connection.fetchrow(
        "SELECT accepted_at, ops.now() FROM chat.tasks WHERE id = $1", task_id
    )
    return Shown(
        # A run that no worker has begun will begin with attempt 1.
        attempt=max(1, run["attempt"]),
        seq=current[-1].seq if current else 0,
        text="".join(data["text"] for event, data in said if event == "token"),
        route=next((data for event, data in said if event == "route"), None),
        sources=next((data for event, data in said if event == "sources"), []),
        asked_at=asked_at,
        left_at=left_at,
    )


async def _tell_readers(connection: Connection, task_id: UUID, run_id: UUID, shown: Shown) -> None:
    """Have the API processes that follow this run end the streams of this one student."""
    await connection.execute(
        "SELECT pg_notify(channel, $2) FROM chat.stream_subscribers WHERE task_id = $1",
        run_id,
        f"{task_id} {shown.attempt} {shown.seq} ended ",
    )
