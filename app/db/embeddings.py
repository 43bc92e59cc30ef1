"""What each namespace has of a domain's chunks, what it lacks, and the jobs that bring it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.db import catalog, sql
from app.db.catalog import Namespace
from app.db.engine import Connection, Pool
from app.db.search import addressed
from app.db.versions import Status
from app.errors import ConfigurationError

# What one job embeds, about: few enough that a killed one loses seconds, many enough that the queue costs nothing.
JOB_CHUNKS = 100
# A content change goes before the re-embedding of a whole domain.
CHANGE_PRIORITY, MIGRATION_PRIORITY = 10, 0
# Old embeddings go a few versions at a time, so that nobody waits for their locks.
_DROP_VERSIONS = 100

Vectors = npt.NDArray[np.float32]

# Until when a version's embeddings are kept, in a query over `versions`. A process of the release before the content
# desk, which may run on beside this one, ends texts without setting a day.
KEPT_UNTIL = (
    "coalesce(versions.embedded_until, CASE WHEN versions.status IN ('ended', 'withdrawn')"
    " AND versions.goes_live_with IS NULL THEN versions.ended_at + interval '30 days' END, 'infinity')"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored chunk that a namespace has no embedding of, and the text to embed."""

    chunk_id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Chunks: so many of so many are embedded."""

    done: int
    total: int


async def missing(connection: Connection, space: Namespace, version_ids: Sequence[UUID], limit: int) -> list[Waiting]:
    """At most `limit` chunks of these versions that the namespace lacks, version by version, in a fixed order."""
    rows = await connection.fetch(_sql("missing", space), list(version_ids), limit)
    return [Waiting(row["id"], row["text"]) for row in rows]


async def save(connection: Connection, space: Namespace, chunk_ids: Sequence[UUID], vectors: Vectors) -> int:
    """Keep the vectors (n, dimensions) of these chunks, all or none; how many were not there yet.

    The connection is one of `content.open_desk`, which knows vectors.

    Raises:
        ConfigurationError: the vectors have another number of dimensions than the namespace.
    """
    if vectors.shape != (len(chunk_ids), space.dimensions):
        raise ConfigurationError(
            f"the model {space.model!r} has made vectors of shape {vectors.shape}, and the namespace {space.name!r} of "
            f"{space.domain} takes {len(chunk_ids)} of {space.dimensions} dimensions"
        )
    return len(await connection.fetchmany(_sql("save", space), zip(chunk_ids, vectors, strict=True)))


async def incomplete(connection: Connection | Pool, space: Namespace, version_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the versions that the namespace does not have whole."""
    rows = await connection.fetch(_sql("incomplete", space), list(version_ids))
    return {row["version_id"] for row in rows}


async def lacking(
    connection: Connection | Pool, space: Namespace, statuses: Sequence[Status], limit: int | None = None
) -> list[UUID]:
    """The versions with these statuses that the namespace does not have whole, at most `limit` of them."""
    return [row["id"] for row in await connection.fetch(_sql("lacking", space), limit, list(statuses))]


async def wanted_versions(connection: Connection, domain: str) -> list[UUID]:
    """The versions that every namespace of the domain should have: drafts, live ones, and those still undoable."""
    rows = await connection.fetch(_named("wanted", domain))
    return [row["id"] for row in rows]


async def progress(
    connection: Connection | Pool, space: Namespace, version_ids: Sequence[UUID] | None = None
) -> Progress:
    """How far the namespace is with these versions, without them with all that are wanted."""
    row = await connection.fetchrow(_sql("progress", space), None if version_ids is None else list(version_ids))
    return Progress(row["done"], row["total"])


async def left(connection: Connection, space: Namespace, revisions: Sequence[int]) -> int:
    """How many chunks the namespace lacks of what becomes live with these revisions, and of the drafts they brought."""
    count: int = await connection.fetchval(_sql("left", space), list(revisions))
    return count


async def defer_embedding(
    connection: Connection | Pool, domain: str, version_ids: Sequence[UUID], priority: int = CHANGE_PRIORITY
) -> int:
    """Put jobs into `queue_bulk` that embed what these versions lack, in the caller's transaction; how many jobs.

    Each brings its versions to every namespace that is building, active or retiring, and makes those live that wait
    for it. Deferring what is embedded already costs a job that finds nothing to do.
    """
    if not version_ids:
        return 0
    jobs = await connection.fetchval(_named("defer", domain), domain, list(version_ids), JOB_CHUNKS, priority)
    return int(jobs or 0)


async def note_trouble(connection: Connection, space: Namespace, reason: str | None) -> None:
    """Keep why embedding for this namespace failed, for `status`; None when it did not."""
    await connection.execute(
        "UPDATE catalog.namespaces SET trouble = $2, trouble_at = CASE WHEN $2 IS NOT NULL THEN now() END"
        " WHERE id = $1 AND (trouble IS DISTINCT FROM $2 OR $2 IS NOT NULL)",
        space.id,
        reason,
    )


async def keep(connection: Connection, domain: str, version_ids: Sequence[UUID]) -> None:
    """Let these versions' embeddings, which are being made again, stay for a day at least."""
    await connection.execute(_named("keep", domain), list(version_ids))


async def trouble(connection: Connection, space: Namespace) -> str | None:
    """Why the last try to embed for this namespace failed; None when it did not."""
    reason: str | None = await connection.fetchval("SELECT trouble FROM catalog.namespaces WHERE id = $1", space.id)
    return reason


async def drop_old(pool: Pool) -> int:
    """Take away embeddings that no undo needs any more (30 days after a text was taken out); how many went."""
    gone = 0
    for domain in await catalog.domains(pool):
        for space in await catalog.live_namespaces(pool, domain.name):
            done = await pool.execute(_sql("drop_old", space), _DROP_VERSIONS)
            gone += int(done.split()[-1])
    return gone


def _sql(name: str, space: Namespace) -> str:
    return addressed(sql.load("embeddings")[name].replace("{kept_until}", KEPT_UNTIL), space)


def _named(name: str, domain: str) -> str:
    statement = sql.load("embeddings")[name].replace("{kept_until}", KEPT_UNTIL)
    return statement.replace("{schema}", catalog.identifier(domain))
