"""Is the database there, are workers alive, is there anything to answer from?"""

from dataclasses import dataclass

from app.db.engine import Pool


@dataclass(frozen=True, slots=True)
class Health:
    """What readiness needs to know. `filling` names domains that hold nothing at all."""

    chat_workers: int
    live_versions: int


async def check(pool: Pool) -> Health:
    """One query; raises what asyncpg raises when the database does not answer."""
    row = await pool.fetchrow(
        "SELECT (SELECT count(*) FROM ops.workers WHERE queue = 'chat' AND live) AS workers,"
        " (SELECT count(*) FROM (SELECT FROM catalog.versions WHERE status = 'live' LIMIT 1) v) AS versions",
        timeout=2,
    )
    return Health(row["workers"], row["versions"])


async def live_chat_workers(pool: Pool) -> int:
    """How many chat workers have a fresh heartbeat."""
    return int(await pool.fetchval("SELECT count(*) FROM ops.workers WHERE queue = 'chat' AND live"))
