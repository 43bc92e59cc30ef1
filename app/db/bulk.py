"""The bulk queue from outside: who works on it, jobs whose worker died, versions whose job was lost."""

from uuid import UUID

from app.db import catalog, embeddings, sql
from app.db.engine import Connection, Pool
from app.db.rescue import STALE_WORKER

# Jobs of a worker that no longer gives a sign of life, or of none, or that a live one says it does not have.
_GIVE_BACK = """
UPDATE queue_bulk.procrastinate_jobs j SET status = 'todo', worker_id = NULL, abort_requested = false
WHERE j.status = 'doing' AND (
    NOT EXISTS (SELECT FROM queue_bulk.procrastinate_workers w
                WHERE w.id = j.worker_id AND w.last_heartbeat > now() - $1::interval)
    OR (j.worker_id = $2 AND NOT j.id = ANY ($3::bigint[])
        AND NOT EXISTS (SELECT FROM queue_bulk.procrastinate_events e
                        WHERE e.job_id = j.id AND e.type = 'started' AND e.at > now() - $1::interval)))
RETURNING j.id
"""


async def live_workers(connection: Connection | Pool) -> int:
    """How many bulk workers have a fresh heartbeat."""
    return int(await connection.fetchval("SELECT count(*) FROM ops.workers WHERE queue = 'bulk' AND live"))


async def give_back(
    connection: Connection | Pool, *, worker_id: int | None = None, running: tuple[int, ...] = ()
) -> int:
    """Put the jobs of dead workers back into the queue; how many.

    A worker that calls this says who it is and which jobs it runs: any other that is written down for it, since longer
    than a worker may be silent, has been lost on the way to it.
    """
    rows = await connection.fetch(_GIVE_BACK, STALE_WORKER, worker_id, list(running))
    return len(rows)


async def defer_lost(connection: Connection | Pool) -> int:
    """Make jobs for versions that wait to become live and for which there is none, after a failure; how many jobs."""
    jobs = 0
    for domain in await catalog.domains(connection):
        statement = sql.load("bulk")["without_job"].replace("{schema}", catalog.identifier(domain.name))
        lost: list[UUID] = [row["id"] for row in await connection.fetch(statement, domain.name)]
        jobs += await embeddings.defer_embedding(connection, domain.name, lost)
    return jobs


async def drop_failed(connection: Connection | Pool) -> int:
    """Remove jobs that have failed for good; the versions that still need one get another."""
    done = await connection.execute("DELETE FROM queue_bulk.procrastinate_jobs WHERE status = 'failed'")
    return int(done.split()[-1])
