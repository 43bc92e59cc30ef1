"""The text behind a citation, for as long as there is a citation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.db import catalog
from app.db.engine import Pool
from app.errors import NotFound


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A parent as it was cited; `live` says whether its version is what students see now."""

    domain: str
    parent_id: UUID
    document_id: UUID
    version: int
    title: str
    locator: str
    text: str
    effective_from: date | None
    effective_to: date | None
    live: bool


@dataclass(frozen=True, slots=True)
class KeyedPassage:
    """A parent's text under its header and what is known of its version, and the key of its document."""

    key: str
    text: str


async def keyed(pool: Pool, domain: str, parent_ids: Sequence[UUID]) -> dict[UUID, KeyedPassage]:
    """These parents of a domain by id, of versions of any status; for measurements, not for students.

    Raises:
        NotFound: the domain's name is none of ours.
    """
    schema = catalog.identifier(domain)
    rows = await pool.fetch(
        f"""SELECT p.id, d.key, concat_ws(E'\\n', p.header, NULLIF(concat_ws(', ',
                       v.year, v.paper, v.subject, trim_scale(v.marks) || ' marks',
                       'published on ' || to_char(v.published_on, 'FMDD FMMonth YYYY')), ''), p.text) AS text
            FROM {schema}.parents p JOIN {schema}.versions v ON v.id = p.version_id
                 JOIN {schema}.documents d ON d.id = v.document_id
            WHERE p.id = ANY ($1::uuid[])""",  # noqa: S608  (a checked identifier)
        list(parent_ids),
    )
    return {row["id"]: KeyedPassage(row["key"], row["text"]) for row in rows}


async def get(pool: Pool, domain: str, parent_id: UUID) -> StoredPassage | None:
    """One parent of any version that is or once was live, whatever it is now; None when there is none."""
    try:
        schema = catalog.identifier(domain)
    except NotFound:
        return None
    if not await pool.fetchval("SELECT EXISTS (SELECT FROM catalog.domains WHERE name = $1)", domain):
        return None
    row = await pool.fetchrow(
        f"""SELECT p.id, v.document_id, v.number, v.title, p.locator, p.text, v.effective_from, v.effective_to,
                   v.status = 'live'
            FROM {schema}.parents p JOIN {schema}.versions v ON v.id = p.version_id
            WHERE p.id = $1 AND (v.status IN ('live', 'ended') OR v.live_at IS NOT NULL)""",  # noqa: S608  (a checked identifier)
        parent_id,
    )
    return StoredPassage(domain, *row.values()) if row else None
