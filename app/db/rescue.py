"""Tasks whose worker died, hung or lost its job: back into the queue, or ended after too many tries.

procrastinate only lists stalled jobs, and a worker that lives but lost its job's last write is not even listed; so the
lease on the task row decides here, not the queue.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.db import tasks
from app.db.engine import Connection, DatabaseError, Pool
from app.telemetry import get_logger

# A task that ended its worker, or failed in it, this often is taken for the cause (reliability check Q4).
MAX_RUNS = 3
STALE_WORKER = timedelta(seconds=10)
# One sweep at a time over all workers; the number is ours alone.
LOCK = 7_253_002

# Jobs of ended tasks: their worker answered, then lost the write that takes its job away.
_DROP_ENDED = """
DELETE FROM queue_chat.procrastinate_jobs j USING chat.tasks t
WHERE j.task_name = 'chat:answer' AND j.status <> 'todo'
  AND t.id = (j.args ->> 'task_id')::uuid AND t.finished_at < ops.now() - $1::interval
"""


# Runs that have ended while others still wait for them: processes of the release before know nothing of these.
_LEFT_BEHIND = """
SELECT DISTINCT run.id FROM chat.tasks t JOIN chat.tasks run ON run.id = t.flight_id
WHERE t.status IN ('queued', 'running') AND t.flight_id <> t.id AND run.finished_at IS NOT NULL ORDER BY 1 LIMIT 20
"""
# They get its answer, unless it was cut short by its own student.
_END_LEFT_BEHIND = """
SELECT chat.end_run(run.id, run.attempt, CASE WHEN run.whole THEN run.answer END,
                    CASE WHEN NOT run.whole THEN coalesce(run.error_code, 'run_lost') END, run.route, run.sources,
                    run.namespaces, 0, run.last_seq, run.refunded OR NOT run.whole, run.first_words_at)
FROM (SELECT *, status = 'done' AND NOT stopped AS whole FROM chat.tasks
      WHERE id = $1 FOR UPDATE SKIP LOCKED) AS run
"""
_LOST = """
SELECT t.id, t.attempt, t.job_id,
       -- A run that was given back is not counted in `runs`; those that failed are counted by the job.
       t.runs >= $2 OR (t.status = 'queued' AND coalesce(j.status = 'failed', false)) AS poison
FROM chat.tasks t
LEFT JOIN queue_chat.procrastinate_jobs j ON j.id = t.job_id
LEFT JOIN queue_chat.procrastinate_workers w ON w.id = j.worker_id
WHERE (t.status = 'running' AND t.lease_until < now()
       -- While the database was away nobody could renew a lease: those who live do it now.
       AND pg_postmaster_start_time() < now() - $1::interval)
   -- Who follows another's run has no job.
   OR (t.status = 'queued' AND coalesce(t.flight_id = t.id, true)
       AND t.accepted_at < ops.now() - $1::interval
       AND (j.status IS NULL OR j.status NOT IN ('todo', 'doing')
            OR (j.status = 'doing' AND (
                coalesce(w.last_heartbeat, '-infinity') < now() - $1::interval
                -- Its worker lives but never heard that it was given this job.
                OR NOT EXISTS (SELECT FROM queue_chat.procrastinate_events e
                               WHERE e.job_id = j.id AND e.type = 'started'
                                 AND e.at > now() - $1::interval)))))
ORDER BY t.accepted_at LIMIT 200 FOR UPDATE OF t SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    requeued: tuple[UUID, ...]
    failed: tuple[UUID, ...]


async def sweep(pool: Pool) -> Swept:
    """Requeue what has lost its worker; fail what has ended or failed so `MAX_RUNS` times, for all who wait for it.

    Does nothing while another worker sweeps. Each run is ended in a transaction of its own: one that cannot be is left
    for the next sweep, and stops nothing else.
    """
    async with pool.acquire() as connection:
        async with connection.transaction():
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK):
                return Swept((), ())
            lost = await connection.fetch(_LOST, STALE_WORKER, MAX_RUNS)
            requeued = [row for row in lost if not row["poison"]]
            if requeued:
                await _requeue(connection, [row["id"] for row in requeued])
            await _drop_jobs(connection, [row["job_id"] for row in requeued])
            await connection.execute(_DROP_ENDED, STALE_WORKER)
        failed = [row["id"] for row in lost if row["poison"] and await _ended(connection, _fail, row)]
        for run in await connection.fetch(_LEFT_BEHIND):
            await _ended(connection, _end_left_behind, run)
    return Swept(tuple(row["id"] for row in requeued), tuple(failed))


async def _ended(connection: Connection, end: Callable[[Connection, Any], Awaitable[bool]], run: Any) -> bool:
    try:
        async with connection.transaction():
            return await end(connection, run)
    except DatabaseError as error:
        get_logger(__name__).error("sweep.not_ended", run=str(run["id"]), error=type(error).__name__)
        return False


async def _fail(connection: Connection, lost: Any) -> bool:
    # Between the transactions another worker may have taken it up.
    still = await connection.fetchval(
        """SELECT true FROM chat.tasks WHERE id = $1 AND attempt = $2
           AND (status = 'queued' OR (status = 'running' AND lease_until < now())) FOR UPDATE SKIP LOCKED""",
        lost["id"],
        lost["attempt"],
    )
    if still:
        await tasks.fail(connection, lost["id"], attempt=lost["attempt"], code="poison")
        await _drop_jobs(connection, [lost["job_id"]])
    return bool(still)


async def _end_left_behind(connection: Connection, run: Any) -> bool:
    await connection.execute(_END_LEFT_BEHIND, run["id"])
    return True


async def _requeue(connection: Connection, task_ids: list[UUID]) -> None:
    await connection.execute(
        "UPDATE chat.tasks SET status = 'queued', lease_until = NULL, job_id = chat.defer_answer(id)"
        " WHERE id = ANY ($1::uuid[])",
        task_ids,
    )


async def _drop_jobs(connection: Connection, job_ids: list[int | None]) -> None:
    # A new job stands for the task; the old one must neither run nor be counted as stalled again.
    await connection.execute("DELETE FROM queue_chat.procrastinate_jobs WHERE id = ANY ($1::bigint[])", job_ids)
