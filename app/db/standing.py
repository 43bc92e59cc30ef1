"""How a domain stands: what students see of it, what waits, and why."""

from dataclasses import dataclass
from datetime import datetime

from app.db import catalog, embeddings, going_live, sql
from app.db.catalog import NamespaceStatus
from app.db.engine import Connection
from app.db.going_live import Refused


@dataclass(frozen=True, slots=True)
class Space:
    """A namespace: so many of so many chunks are embedded; `trouble` is why the last try failed."""

    name: str
    model: str
    status: NamespaceStatus
    done: int
    total: int
    trouble: str | None
    trouble_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts are documents, but for `jobs` (of the bulk queue, for this domain) and `failed` among them.

    `waiting` become live once they are embedded; `drafts` once they are published; `out` are those with nothing live.
    `refused` are the versions that could not become live beside the others.
    """

    domain: str
    live: int
    waiting: int
    drafts: int
    out: int
    last_revision: int | None
    changed_at: datetime | None
    jobs: int
    failed: int
    spaces: tuple[Space, ...]
    refused: tuple[Refused, ...]


async def of(connection: Connection, domain: str) -> Standing:
    """One domain's."""
    statement = sql.load("standing")["standing"].replace("{schema}", catalog.identifier(domain))
    row = await connection.fetchrow(statement, domain)
    refused = tuple(await going_live.refused(connection, domain))
    return Standing(domain, **dict(row), spaces=await _spaces(connection, domain), refused=refused)


async def _spaces(connection: Connection, domain: str) -> tuple[Space, ...]:
    found = []
    for space in await catalog.live_namespaces(connection, domain):
        progress = await embeddings.progress(connection, space)
        row = await connection.fetchrow("SELECT trouble, trouble_at FROM catalog.namespaces WHERE id = $1", space.id)
        found.append(Space(space.name, space.model, space.status, progress.done, progress.total, *row.values()))
    return tuple(found)
