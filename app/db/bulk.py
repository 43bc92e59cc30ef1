"""The bulk queue from outside: who works on it, jobs whose worker died, versions whose job was lost."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from app.db import catalog, embeddings, sql
from app.db.engine import Connection, Pool
from app.db.rescue import STALE_WORKER

# What has failed for good, which is after three tries, fails again: it is tried anew at times, not each minute.
AGAIN_AFTER = timedelta(minutes=10)
# What a namespace lacks is brought so many versions a minute.
_MOST_LACKING = 1_000

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


async def defer_lost(connection: Connection | Pool, domain: str | None = None) -> int:
    """Make jobs for versions that have none, after a failure, in one domain or in all; how many jobs.

    That is what waits to become live, and live texts and drafts that the active namespace or the retiring one lacks:
    a rollback must find them. What has failed for good gets another job when the old one is dropped, see `drop_failed`.
    """
    jobs = 0
    for name in [domain] if domain else [one.name for one in await catalog.domains(connection)]:
        spaces = await catalog.live_namespaces(connection, name, ("active", "retiring"))
        lacking = {
            version
            for space in spaces
            for version in await embeddings.lacking(connection, space, ("live", "draft"), _MOST_LACKING)
        }
        lost = {row["id"] for row in await connection.fetch(_sql("without_job", name), name, list(lacking))}
        # A job may have ended between the two looks: what it has brought is not lost.
        brought = lost & lacking
        for space in spaces if brought else ():
            brought -= await embeddings.incomplete(connection, space, list(brought))
        jobs += await embeddings.defer_embedding(connection, name, sorted(lost - brought))
    return jobs


async def is_tended(
    connection: Connection, domain: str, revisions: Collection[int], version_ids: Sequence[UUID]
) -> bool:
    """Whether a job is queued or under way for what these revisions brought, or for one of these versions."""
    return bool(await _tending(connection, domain, revisions, version_ids))


async def hurry(connection: Connection, domain: str, revisions: Collection[int], version_ids: Sequence[UUID]) -> None:
    """Let what such jobs wait for after a failure be tried now; those of others keep their times."""
    jobs = await _tending(connection, domain, revisions, version_ids)
    await connection.execute(sql.load("bulk")["hurry"], jobs)


async def drop_failed(
    connection: Connection | Pool, domain: str | None = None, *, after: timedelta = AGAIN_AFTER
) -> int:
    """Remove jobs that have failed for good so long ago; the versions that still need one get another."""
    done = await connection.execute(sql.load("bulk")["drop_failed"], domain, after)
    return int(done.split()[-1])


async def _tending(
    connection: Connection, domain: str, revisions: Collection[int], version_ids: Sequence[UUID]
) -> list[int]:
    rows = await connection.fetch(_sql("tending", domain), domain, list(revisions), list(version_ids))
    return [row["id"] for row in rows]


def _sql(name: str, domain: str) -> str:
    return sql.load("bulk")[name].replace("{schema}", catalog.identifier(domain))
