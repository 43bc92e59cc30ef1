"""Is the database there, are workers alive, is there anything to answer from?"""

from dataclasses import dataclass

from app.db.engine import Pool

# For a free connection, for the answer, and for giving the connection back: a probe waits three seconds at most.
_SECONDS = 0.8


@dataclass(frozen=True, slots=True)
class Health:
    """What readiness needs to know."""

    chat_workers: int
    live_versions: int


async def check(pool: Pool) -> Health:
    """One query; raises what asyncpg raises when the database does not answer."""
    async with pool.acquire(timeout=_SECONDS) as connection:
        row = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM ops.workers WHERE queue = 'chat' AND live) AS workers,"
            " (SELECT count(*) FROM (SELECT FROM catalog.versions WHERE status = 'live' LIMIT 1) v) AS versions",
            timeout=_SECONDS,
        )
    return Health(row["workers"], row["versions"])


async def live_chat_workers(pool: Pool) -> int:
    """How many chat workers have a fresh heartbeat."""
    return int(await pool.fetchval("SELECT count(*) FROM ops.workers WHERE queue = 'chat' AND live"))
