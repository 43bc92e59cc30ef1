"""The four systems: each ranks the units of a corpus for a question. All read the same chunks."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.db import search
from app.db.engine import Pool
from app.db.search import Namespace
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedders
from app.retrieval.fact_keys import fact_keys
from app.retrieval.retriever import Retriever
from evals.bench.retrieval.bm25 import BM25
from evals.bench.retrieval.store import Stored
from evals.bench.retrieval.vectors import KeptEmbedder

System = Callable[[str], Awaitable[list[str]]]
# How deep a baseline's list goes; 20 a side, as ours has, would cost them 1 to 3 points.
DEPTH = 100
# Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet" (2009).
RRF_K = 60
OURS = "ours"


@dataclass(frozen=True, slots=True)
class _Index:
    """BM25 over chunks and over whole passages, and where each belongs."""

    chunks: BM25
    passages: BM25
    parent_of: Mapping[UUID, UUID]


async def systems(stored: Stored, pool: Pool, embedder: KeptEmbedder) -> dict[str, System]:
    """Every system by name; ours last. Baselines see the question as it is."""
    index = await _index(pool, stored.domains)
    spaces = await search.namespaces(pool, stored.domains)
    retriever = Retriever(pool, Embedders([embedder]))
    snapshot = await retriever.snapshot()

    async def words(question: str) -> list[UUID]:
        found = index.chunks.rank([term.lexeme for term in await search.terms(pool, question)])
        return [chunk for chunk, _ in found[:DEPTH]]

    async def bm25(question: str) -> list[str]:
        return _units(stored, (index.parent_of[chunk] for chunk in await words(question)))

    async def bm25_passages(question: str) -> list[str]:
        found = index.passages.rank([term.lexeme for term in await search.terms(pool, question)])
        return _units(stored, (parent for parent, _ in found[:DEPTH]))

    async def dense(question: str) -> list[str]:
        return _units(stored, (index.parent_of[chunk] for chunk in await _nearest(pool, spaces, embedder, question)))

    async def rrf(question: str) -> list[str]:
        lists = [await words(question), await _nearest(pool, spaces, embedder, question)]
        return _units(stored, (index.parent_of[chunk] for chunk in reciprocal(lists)))

    async def ours(question: str) -> list[str]:
        found = await retriever.rank(
            question, snapshot=snapshot, domains=stored.domains, keys=fact_keys(question), log=CallLog()
        )
        return _units(stored, (one.parent.id for one in found.fused))

    return {"BM25": bm25, "BM25, whole passages": bm25_passages, "dense": dense, "RRF": rrf, OURS: ours}


def reciprocal(lists: Iterable[Sequence[UUID]]) -> list[UUID]:
    """Reciprocal-rank fusion of `lists`, best first."""
    scores: Counter[UUID] = Counter()
    for ranked in lists:
        for place, one in enumerate(ranked, start=1):
            scores[one] += 1 / (RRF_K + place)  # type: ignore[assignment]
    return [one for one, _ in scores.most_common()]


async def _nearest(pool: Pool, spaces: Sequence[Namespace], embedder: KeptEmbedder, question: str) -> list[UUID]:
    vector = embedder.embed_now([question])[0].tolist()
    found = await asyncio.gather(
        *(
            search.candidates(pool, space, vector=vector, lexemes=[], provisions=[], groups=[], limit=DEPTH)
            for space in spaces
        )
    )
    chunks = sorted((chunk for one in found for chunk in one.chunks), key=lambda chunk: -(chunk.dense or 0))
    return [chunk.id for chunk in chunks[:DEPTH]]


async def _index(pool: Pool, domains: Sequence[str]) -> _Index:
    texts: dict[UUID, dict[str, int]] = {}
    passages: dict[UUID, Counter[str]] = {}
    parent_of: dict[UUID, UUID] = {}
    for domain in domains:
        rows = await pool.fetch(
            f"""SELECT id, parent_id, (SELECT json_object_agg(lexeme, cardinality(positions)) FROM unnest(tsv)) AS words
                FROM {domain}.chunks"""
        )
        for row in rows:
            texts[row["id"]] = json.loads(row["words"] or "{}")
            parent_of[row["id"]] = row["parent_id"]
            passages.setdefault(row["parent_id"], Counter()).update(texts[row["id"]])
    return _Index(BM25(texts), BM25(passages), parent_of)


def _units(stored: Stored, parents: Iterable[UUID]) -> list[str]:
    return list(dict.fromkeys(stored.units[parent] for parent in parents))
