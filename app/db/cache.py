"""Finished answers that may be served again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.db.engine import Connection, Pool


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A stored answer with the route and sources it was given with."""

    id: UUID
    route: dict[str, Any]
    sources: list[dict[str, Any]]
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An answer to store. `versions` are (domain, version id, namespace id) of everything it cites."""

    question: str
    normalised: str
    embedding: Sequence[float]
    fact_keys: Sequence[str]
    language: str
    prompt_set: str
    route: dict[str, Any]
    sources: list[dict[str, Any]]
    answer: dict[str, Any]
    lifetime: timedelta
    versions: Sequence[tuple[str, UUID, UUID]]


async def lookup(pool: Pool, *, normalised: str, language: str, prompt_set: str) -> CacheEntry | None:
    """The newest usable entry for exactly this normalised question, by the gate's own SQL function."""
    row = await pool.fetchrow(
        "SELECT id, route, sources, answer FROM cache.lookup($1, $2, $3)", normalised, language, prompt_set
    )
    if row is None:
        return None
    return CacheEntry(row["id"], *(json.loads(row[name]) for name in ("route", "sources", "answer")))


async def store(connection: Connection, entry: NewEntry) -> None:
    """Insert one entry and what it depends on, in the caller's transaction. Nothing is stored without a source."""
    if not entry.versions:
        return
    entry_id = await connection.fetchval(
        """INSERT INTO cache.entries (question, normalised, embedding, fact_keys, language, prompt_set,
                                      route, sources, answer, created_at, expires_at)
           VALUES ($1, $2, $3::float4[]::vector, $4, $5, $6, $7, $8, $9, ops.now(), ops.now() + $10) RETURNING id""",
        entry.question,
        entry.normalised,
        list(entry.embedding),
        list(entry.fact_keys),
        entry.language,
        entry.prompt_set,
        json.dumps(entry.route),
        json.dumps(entry.sources),
        json.dumps(entry.answer),
        entry.lifetime,
    )
    domains, versions, namespaces = zip(*sorted(set(entry.versions)), strict=True)
    await connection.execute(
        "INSERT INTO cache.entry_sources (entry_id, domain, version_id, namespace_id)"
        " SELECT $1, * FROM unnest($2::text[], $3::uuid[], $4::uuid[])",
        entry_id,
        list(domains),
        list(versions),
        list(namespaces),
    )


async def purge(connection: Connection) -> int:
    """Empty the cache; returns how many entries went."""
    async with connection.transaction():
        gone = await connection.fetchval("SELECT count(*) FROM cache.entries")
        await connection.execute("TRUNCATE cache.entries, cache.entry_sources, cache.entry_hits")
    return int(gone)
