"""What the live documents are about, in as little as says it. Nothing here writes."""

from app.db import sql
from app.db.engine import Pool
from app.db.search import Namespace, addressed


async def openings(pool: Pool, namespace: Namespace, *, limit: int) -> list[list[float]]:
    """The unit vectors of the first chunks of a domain's documents that are live and effective today.

    Of the newest `limit` documents, newest first.
    """
    statement = addressed(sql.load("topics")["openings"], namespace)
    return [row["embedding"] for row in await pool.fetch(statement, limit)]
