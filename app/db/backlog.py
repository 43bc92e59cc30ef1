"""How much waits for the workers, and how fast they are."""

from dataclasses import dataclass

from app.db.engine import Pool

# Runs that ended in these last seconds say how fast the workers are now.
RECENT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Backlog:
    """`queued` runs wait, `oldest` seconds the first that was never begun; `workers` processes answer `running` others.

    In the last ten seconds `ended` came to their end, each after `seconds` on average, None when there was none.
    """

    queued: int
    oldest: float
    running: int
    workers: int
    ended: int
    seconds: float | None


async def measure(pool: Pool) -> Backlog:
    """One query over what is unfinished or has just ended."""
    row = await pool.fetchrow(
        """WITH waiting AS (
               SELECT count(*) FILTER (WHERE status = 'queued') AS queued,
                      count(*) FILTER (WHERE status = 'running') AS running,
                      coalesce(extract(epoch FROM ops.now() - min(accepted_at) FILTER (WHERE started_at IS NULL)), 0)
                          AS oldest
               FROM chat.tasks WHERE status IN ('queued', 'running') AND job_id IS NOT NULL
           ), recent AS (
               SELECT count(*) AS ended, avg(extract(epoch FROM finished_at - started_at)) AS seconds
               FROM chat.tasks WHERE job_id IS NOT NULL AND finished_at > ops.now() - make_interval(secs => $1)
           )
           SELECT queued, oldest::float8, running,
                  (SELECT count(*) FROM ops.workers WHERE queue = 'chat' AND live) AS workers, ended, seconds::float8
           FROM waiting, recent""",
        RECENT_SECONDS,
    )
    return Backlog(*row.values())
