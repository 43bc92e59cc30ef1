"""Candidate passages for one question, domain by domain. Nothing here writes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.db import catalog, sql
from app.db.engine import Pool

# For the pool that searches: with iterative scan the index goes on until enough live chunks are found.
SETTINGS = {"hnsw.iterative_scan": "strict_order", "hnsw.ef_search": str(catalog.EF_SEARCH)}
# Each kind of search brings this many.
CANDIDATES = 20
# `catalog.create_namespace` makes wider embeddings halfvec.
_VECTOR_DIMENSIONS = 1024


Namespace = catalog.Namespace


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question and the lexeme it is searched by."""

    word: str
    lexeme: str


@dataclass(frozen=True, slots=True)
class Parent:
    """A passage as stored, of a version that is live and effective on the day that is asked for.

    `lexemes` are those asked for that it holds; `ranks` the best rank of its chunks for each lexeme asked for.
    """

    id: UUID
    version_id: UUID
    document_id: UUID
    version: int
    position: int
    title: str
    header: str
    locator: str
    text: str
    fact_keys: tuple[str, ...]
    lexemes: frozenset[str]
    named: bool
    published_on: date | None
    year: int | None
    paper: str | None
    subject: str | None
    metadata: dict[str, object]
    ranks: tuple[float, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A candidate. `dense` is its cosine to the question; `ranks` its full-text rank for each lexeme asked for."""

    id: UUID
    parent_id: UUID
    text: str
    dense: float | None
    ranks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """What one domain offers. `seen` counts the chunks with each lexeme asked for, among `size` chunks in all."""

    namespace: Namespace
    chunks: tuple[Chunk, ...]
    parents: dict[UUID, Parent]
    seen: tuple[int, ...]
    size: float


async def namespaces(pool: Pool, domains: Sequence[str], instead: Sequence[UUID] = ()) -> list[Namespace]:
    """The active namespaces of `domains`, by domain; a domain without one is left out.

    A namespace in `instead` stands in for the active one of its domain, whatever its status.
    """
    rows = await pool.fetch(sql.load("search")["namespaces"], list(domains), list(instead))
    return [Namespace(**dict(row)) for row in rows]


async def namespace_named(pool: Pool, name: str) -> Namespace | None:
    """The namespace with this id or this `domain/name`, unless it is dropped; None when there is none."""
    row = await pool.fetchrow(sql.load("search")["namespace_named"], name)
    return Namespace(**dict(row)) if row else None


async def domains_by_intent(pool: Pool) -> dict[str, tuple[str, ...]]:
    """The names of each intent's domains."""
    rows = await pool.fetch(sql.load("search")["domains"])
    return {row["intent"]: tuple(row["names"]) for row in rows}


async def newest_day(pool: Pool) -> date | None:
    """The day on which the newest text about current affairs was published, of those live and effective today."""
    rows = await pool.fetch("SELECT name FROM catalog.domains WHERE intent = 'current_affairs'")
    days = [
        await pool.fetchval(sql.load("search")["newest_day"].replace("{schema}", catalog.identifier(row["name"])))
        for row in rows
    ]
    return max((day for day in days if day), default=None)


async def terms(pool: Pool, question: str) -> list[Term]:
    """The question's words that full-text search looks for, in order, each lexeme once."""
    return (await terms_of(pool, [question]))[0]


async def terms_of(pool: Pool, texts: Sequence[str]) -> list[list[Term]]:
    """For each text what `terms` finds, in one round trip."""
    found: list[dict[str, Term]] = [{} for _ in texts]
    for row in await pool.fetch(sql.load("search")["terms"], list(texts)):
        found[row["text"] - 1].setdefault(row["lexeme"], Term(row["token"], row["lexeme"]))
    return [list(first.values()) for first in found]


async def candidates(
    pool: Pool,
    namespace: Namespace,
    *,
    vector: Sequence[float] | None,
    lexemes: Sequence[str],
    provisions: Sequence[str],
    groups: Sequence[Sequence[str]],
    shares: Sequence[float] | None = None,
    limit: int = CANDIDATES,
    day: date | None = None,
) -> Candidates:
    """Up to `limit` chunks by cosine, as many by full text, and of as many parents that the question names.

    `provisions` are fact keys of which a named parent has one; `groups` are sets of year and paper keys of which it
    has one each. `shares` say how much each lexeme counts beside its rarity, 1 each without them. Without a `vector`
    there is no dense search. `day` is when the versions are to be effective, None for today.
    """
    rows = await _fetch(
        pool,
        namespace,
        None if vector is None else list(vector),
        list(lexemes),
        list(provisions),
        json.dumps([list(group) for group in groups]),
        limit,
        [1.0] * len(lexemes) if shares is None else list(shares),
        day,
    )
    parents = {row["parent_id"]: _parent(row, lexemes) for row in rows if row["text"] is not None}
    chunks = tuple(
        Chunk(row["chunk_id"], row["parent_id"], row["chunk_text"], row["dense"], tuple(row["ranks"])) for row in rows
    )
    seen, size = (tuple(rows[0]["seen"]), rows[0]["size"]) if rows else ((0,) * len(lexemes), 1.0)
    return Candidates(namespace, chunks, parents, seen, size)


async def _fetch(pool: Pool, namespace: Namespace, *asked: object) -> list[Any]:
    statement = addressed(sql.load("search")["candidates"], namespace)
    rows: list[Any]
    if namespace.ef_search == catalog.EF_SEARCH:
        rows = await pool.fetch(statement, *asked)
        return rows
    # Three round trips more, for those alone whose index finds too little in one.
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(f"SET LOCAL hnsw.ef_search = {namespace.ef_search:d}")
        rows = await connection.fetch(statement, *asked)
    return rows


async def dense_plan(pool: Pool, namespace: Namespace, vector: Sequence[float]) -> str:
    """How the planner would search for the chunks nearest to `vector`, with all that `candidates` filters by."""
    statement = addressed(sql.load("search")["candidates"], namespace)
    rows = await pool.fetch(f"EXPLAIN {statement}", list(vector), [], [], "[]", CANDIDATES, [], None)
    return "\n".join(row[0] for row in rows)


def addressed(statement: str, namespace: Namespace) -> str:
    """A statement of app/db/sql with the namespace's {schema}, {embeddings} and {kind} of vector in their places."""
    names = {
        "{schema}": catalog.identifier(namespace.domain),
        "{embeddings}": catalog.identifier(f"embeddings_{namespace.name}"),
        "{kind}": "vector" if namespace.dimensions <= _VECTOR_DIMENSIONS else "halfvec",
    }
    for place, name in names.items():
        statement = statement.replace(place, name)
    return statement


def _parent(row: Any, lexemes: Sequence[str]) -> Parent:
    return Parent(
        id=row["parent_id"],
        version_id=row["version_id"],
        document_id=row["document_id"],
        version=row["number"],
        position=row["position"],
        title=row["title"],
        header=row["header"],
        locator=row["locator"],
        text=row["text"],
        fact_keys=tuple(row["fact_keys"]),
        lexemes=frozenset(lexeme for lexeme, rank in zip(lexemes, row["parent_ranks"], strict=True) if rank > 0),
        named=row["named"],
        published_on=row["published_on"],
        year=row["year"],
        paper=row["paper"],
        subject=row["subject"],
        metadata=json.loads(row["metadata"]),
        ranks=tuple(row["parent_ranks"]),
        effective_from=row["effective_from"],
        effective_to=row["effective_to"],
    )
