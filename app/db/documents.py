"""What there is of a domain: its documents, their versions and what these say. Nothing here writes."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.db import catalog, sql
from app.db.engine import Connection
from app.db.versions import Status

# Long texts at a time, so that a large domain is not in memory.
_ROWS = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """A version in a list. `goes_live_with` is the revision with which it becomes live; None waits for nothing."""

    key: str
    title: str
    number: int
    status: Status
    revision: int
    goes_live_with: int | None
    effective_from: date | None
    effective_to: date | None
    live_at: datetime | None
    ended_at: datetime | None
    chunks: int
    origin: str | None
    version_id: UUID
    document_id: UUID


@dataclass(frozen=True, slots=True)
class Passage:
    """A parent of a version as it is read and cited."""

    position: int
    header: str
    locator: str
    text: str
    tokens: int


async def listed(
    connection: Connection, domain: str, *, keys: Sequence[str] | None = None, everything: bool = False
) -> list[Listed]:
    """Versions by key and number: those that are live or will be, and drafts; with `everything` all of them."""
    rows = await connection.fetch(_sql("listed", domain), None if keys is None else list(keys), everything)
    return [Listed(**dict(row)) for row in rows]


async def stamp(connection: Connection, domain: str) -> str:
    """Another text whenever a version of the domain has come, or has been changed, be it back to what it was."""
    found: str = await connection.fetchval(_sql("stamp", domain))
    return found


async def origins(connection: Connection, domain: str) -> dict[str, str]:
    """The files that documents came from which are live, will be, or are drafts: key to file."""
    rows = await connection.fetch(_sql("origins", domain))
    return {row["key"]: row["origin"] for row in rows}


async def passages(connection: Connection, domain: str, version_id: UUID) -> list[Passage]:
    """What a version says, passage by passage."""
    rows = await connection.fetch(_sql("passages", domain), version_id)
    return [Passage(**dict(row)) for row in rows]


async def live_texts(connection: Connection, domain: str) -> AsyncGenerator[list[tuple[str, str, str]]]:
    """Key, title and text of every live version, some at a time."""
    async with connection.transaction():
        cursor = await connection.cursor(_sql("live_texts", domain))
        while rows := await cursor.fetch(_ROWS):
            yield [(row["key"], row["title"], row["text"]) for row in rows]


def _sql(name: str, domain: str) -> str:
    return sql.load("documents")[name].replace("{schema}", catalog.identifier(domain))
