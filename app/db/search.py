"""Candidate passages for one question, domain by domain. Nothing here writes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.db import catalog, sql
from app.db.engine import Pool

# For the pool that searches: with iterative scan the index goes on until enough live chunks are found, and 100 keeps
# recall of 20 near 1 (the default of 40 is for one neighbour).
SETTINGS = {"hnsw.iterative_scan": "strict_order", "hnsw.ef_search": "100"}
# Each kind of search brings this many.
CANDIDATES = 20
# `catalog.create_namespace` makes wider embeddings halfvec.
_VECTOR_DIMENSIONS = 1024


@dataclass(frozen=True, slots=True)
class Namespace:
    """The active embeddings of one domain and the model that made them."""

    id: UUID
    domain: str
    name: str
    model: str
    dimensions: int


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question and the lexeme it is searched by."""

    word: str
    lexeme: str


@dataclass(frozen=True, slots=True)
class Parent:
    """A passage as stored, of a version that is live and effective today. `lexemes`: the question's that it holds."""

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


async def namespaces(pool: Pool, domains: Sequence[str]) -> list[Namespace]:
    """The active namespaces of `domains`, by domain; a domain without one is left out."""
    rows = await pool.fetch(sql.load("search")["namespaces"], list(domains))
    return [Namespace(row["id"], row["domain"], row["name"], row["model"], row["dimensions"]) for row in rows]


async def domains_by_intent(pool: Pool) -> dict[str, tuple[str, ...]]:
    """The names of each intent's domains."""
    rows = await pool.fetch(sql.load("search")["domains"])
    return {row["intent"]: tuple(row["names"]) for row in rows}


async def terms(pool: Pool, question: str) -> list[Term]:
    """The question's words that full-text search looks for, in order, each lexeme once."""
    rows = await pool.fetch(sql.load("search")["terms"], question)
    first: dict[str, Term] = {}
    for row in rows:
        first.setdefault(row["lexeme"], Term(row["token"], row["lexeme"]))
    return list(first.values())


async def candidates(
    pool: Pool,
    namespace: Namespace,
    *,
    vector: Sequence[float] | None,
    lexemes: Sequence[str],
    provisions: Sequence[str],
    groups: Sequence[Sequence[str]],
    limit: int = CANDIDATES,
) -> Candidates:
    """Up to `limit` chunks by cosine, as many by full text, and of as many parents that the question names.

    `provisions` are fact keys of which a named parent has one; `groups` are sets of year and paper keys of which it
    has one each. Without a `vector` there is no dense search.
    """
    rows = await pool.fetch(
        _statement(namespace),
        None if vector is None else list(vector),
        list(lexemes),
        list(provisions),
        json.dumps([list(group) for group in groups]),
        limit,
    )
    parents = {row["parent_id"]: _parent(row) for row in rows if row["text"] is not None}
    chunks = tuple(
        Chunk(row["chunk_id"], row["parent_id"], row["chunk_text"], row["dense"], tuple(row["ranks"])) for row in rows
    )
    seen, size = (tuple(rows[0]["seen"]), rows[0]["size"]) if rows else ((0,) * len(lexemes), 1.0)
    return Candidates(namespace, chunks, parents, seen, size)


def _statement(namespace: Namespace) -> str:
    names = {
        "{schema}": catalog.identifier(namespace.domain),
        "{embeddings}": catalog.identifier(f"embeddings_{namespace.name}"),
        "{kind}": "vector" if namespace.dimensions <= _VECTOR_DIMENSIONS else "halfvec",
    }
    text = sql.load("search")["candidates"]
    for place, name in names.items():
        text = text.replace(place, name)
    return text


def _parent(row: Any) -> Parent:
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
        lexemes=frozenset(row["lexemes"]),
        named=row["named"],
        published_on=row["published_on"],
        year=row["year"],
        paper=row["paper"],
        subject=row["subject"],
        metadata=json.loads(row["metadata"]),
    )
