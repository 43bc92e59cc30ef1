"""Tasks whose worker died, hung or lost its job: back into the queue, or ended after too many tries.

procrastinate only lists stalled jobs, and a worker that lives but lost its job's last write is not even listed; so the
lease on the task row decides here, not the queue.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.db.engine import Connection, Pool

# A task that ended its worker this often is taken for the cause (reliability check Q4).
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


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    requeued: tuple[UUID, ...]
    failed: tuple[UUID, ...]


async def sweep(pool: Pool) -> Swept:
    """Requeue what has lost its worker; fail what has done so `MAX_RUNS` times, returning its quota unit.

    Does nothing while another worker sweeps.
    """
    async with pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            return Swept((), ())
        lost = await connection.fetch(
            """SELECT t.id, t.user_id, t.accepted_at, t.runs, t.job_id
               FROM chat.tasks t
               LEFT JOIN queue_chat.procrastinate_jobs j ON j.id = t.job_id
               LEFT JOIN queue_chat.procrastinate_workers w ON w.id = j.worker_id
               WHERE (t.status = 'running' AND t.lease_until < now())
                  OR (t.status = 'queued' AND t.accepted_at < ops.now() - $1::interval
                      AND (j.status IS NULL OR j.status NOT IN ('todo', 'doing')
                           OR (j.status = 'doing' AND (
                               coalesce(w.last_heartbeat, '-infinity') < now() - $1::interval
                               -- Its worker lives but never heard that it was given this job.
                               OR NOT EXISTS (SELECT FROM queue_chat.procrastinate_events e
                                              WHERE e.job_id = j.id AND e.type = 'started'
                                                AND e.at > now() - $1::interval)))))
               ORDER BY t.accepted_at LIMIT 200 FOR UPDATE OF t SKIP LOCKED""",
            STALE_WORKER,
        )
        failed = [row for row in lost if row["runs"] >= MAX_RUNS]
        requeued = [row for row in lost if row["runs"] < MAX_RUNS]
        for row in failed:
            await _fail(connection, row["id"], row["user_id"], row["accepted_at"])
        if requeued:
            await _requeue(connection, [row["id"] for row in requeued])
        await _drop_jobs(connection, [row["job_id"] for row in lost])
        await connection.execute(_DROP_ENDED, STALE_WORKER)
    return Swept(tuple(row["id"] for row in requeued), tuple(row["id"] for row in failed))


async def _fail(connection: Connection, task_id: UUID, user_id: str, accepted_at: object) -> None:
    await connection.execute(
        """UPDATE chat.tasks SET status = 'failed', error_code = 'poison', lease_until = NULL, refunded = true,
                  finished_at = ops.now() WHERE id = $1""",
        task_id,
    )
    await connection.execute("SELECT chat.return_unit($1, $2)", user_id, accepted_at)


async def _requeue(connection: Connection, task_ids: list[UUID]) -> None:
    await connection.execute(
        "UPDATE chat.tasks SET status = 'queued', lease_until = NULL, job_id = chat.defer_answer(id)"
        " WHERE id = ANY ($1::uuid[])",
        task_ids,
    )


async def _drop_jobs(connection: Connection, job_ids: list[int | None]) -> None:
    # A new job stands for the task; the old one must neither run nor be counted as stalled again.
    await connection.execute("DELETE FROM queue_chat.procrastinate_jobs WHERE id = ANY ($1::bigint[])", job_ids)
