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
class CacheKey:
    """What a question is found under: `embedding` of its canonical wording, 384 numbers of length 1, and its keys."""

    normalised: str
    embedding: Sequence[float]
    fact_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stored answer beside a question. `similarity` is the cosine of the canonical wordings; `live` says that all it
    cites is."""

    id: UUID
    question: str
    similarity: float
    fact_keys: tuple[str, ...]
    language: str
    prompt_set: str
    same_wording: bool
    expired: bool
    live: bool


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An answer to store, with what it is served under.

    `versions` are (domain, version id, namespace id) of everything it cites, `namespaces` all that were searched.
    """

    question: str
    key: CacheKey
    language: str
    prompt_set: str
    route: dict[str, Any]
    sources: list[dict[str, Any]]
    answer: dict[str, Any]
    lifetime: timedelta
    versions: Sequence[tuple[str, UUID, UUID]]
    namespaces: Sequence[UUID] = ()


async def lookup(pool: Pool, key: CacheKey, *, language: str, prompt_set: str, threshold: float) -> CacheEntry | None:
    """The usable entry for exactly this question, else the nearest one with equal keys, by the gate's own function."""
    row = await pool.fetchrow(
        "SELECT id, route, sources, answer FROM cache.lookup($1, $2::float4[]::vector, $3, $4, $5, $6)",
        key.normalised,
        list(key.embedding),
        list(key.fact_keys),
        language,
        prompt_set,
        threshold,
    )
    if row is None:
        return None
    return CacheEntry(row["id"], *(json.loads(row[name]) for name in ("route", "sources", "answer")))


async def nearest(
    pool: Pool, key: CacheKey, *, language: str, prompt_set: str, served: UUID | None = None
) -> Neighbour | None:
    """The stored answer that comes nearest to being served, or the one that is `served`; None from an empty cache.

    Exact, not by an index: for people who ask about one question, not for the ask path.
    """
    row = await pool.fetchrow(
        """SELECT near.id, near.question, 1 - (near.embedding <=> $2::float4[]::vector) AS similarity, near.fact_keys,
                  near.language, near.prompt_set, near.normalised = $1 AS same_wording,
                  near.expires_at <= ops.now() AS expired, cache.usable(near.id) AS live
           FROM (SELECT * FROM cache.entries e
                 ORDER BY e.id IS NOT DISTINCT FROM $6 DESC,
                          (e.normalised = $1 OR e.fact_keys = $3) AND e.language = $4 AND e.prompt_set = $5 DESC,
                          e.embedding <=> $2::float4[]::vector, e.created_at DESC, e.id DESC LIMIT 1) AS near""",
        key.normalised,
        list(key.embedding),
        list(key.fact_keys),
        language,
        prompt_set,
        served,
    )
    return None if row is None else Neighbour(**(dict(row) | {"fact_keys": tuple(row["fact_keys"])}))


async def store(connection: Connection, entry: NewEntry) -> None:
    """Insert one entry and what it depends on, in the caller's transaction. Nothing is stored without a source."""
    if not entry.versions:
        return
    entry_id = await connection.fetchval(
        """INSERT INTO cache.entries (question, normalised, embedding, fact_keys, language, prompt_set,
                                      route, sources, answer, created_at, expires_at, namespaces)
           VALUES ($1, $2, $3::float4[]::vector, $4, $5, $6, $7, $8, $9, ops.now(), ops.now() + $10, $11)
           RETURNING id""",
        entry.question,
        entry.key.normalised,
        list(entry.key.embedding),
        list(entry.key.fact_keys),
        entry.language,
        entry.prompt_set,
        json.dumps(entry.route),
        json.dumps(entry.sources),
        json.dumps(entry.answer),
        entry.lifetime,
        list(entry.namespaces),
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


async def note_serving(connection: Connection, entry_id: UUID, *, task_ids: Sequence[UUID]) -> None:
    """Count that this entry answered these tasks, each once; nothing when the entry is gone."""
    await connection.execute(
        "SELECT cache.note_serving(t.id, t.question, t.normalised, e) FROM cache.entries e, chat.tasks t"
        " WHERE e.id = $1 AND t.id = ANY ($2::uuid[])",
        entry_id,
        task_ids,
    )


async def drop_expired(pool: Pool) -> int:
    """Delete answers that ended a week ago, at most a thousand; how many went. Servings lose their texts in 30 days."""
    gone: int = await pool.fetchval("SELECT ops.drop_expired_answers()")
    return gone


async def stats(connection: Connection) -> dict[str, Any]:
    """The one row of ops.cache_stats."""
    return dict(await connection.fetchrow("SELECT * FROM ops.cache_stats"))


async def false_hits(connection: Connection, *, limit: int) -> list[dict[str, Any]]:
    """The latest stored answers that a student marked as wrong."""
    return [dict(row) for row in await connection.fetch("SELECT * FROM ops.cache_false_hits LIMIT $1", limit)]


async def purge(connection: Connection) -> int:
    """Empty the cache; returns how many entries went."""
    async with connection.transaction():
        gone = await connection.fetchval("SELECT count(*) FROM cache.entries")
        await connection.execute("TRUNCATE cache.entries, cache.entry_sources, cache.entry_hits")
    return int(gone)
