"""The index against exact search, filters on: how many of the ten nearest live chunks the iterative scan finds."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.db import search
from app.db.engine import Pool
from app.db.search import Namespace
from evals.bench.figure import percentile
from evals.bench.retrieval.store import Stored
from evals.bench.retrieval.vectors import KeptEmbedder

DEPTH = 10
BAR = 0.95
# Every fifth version is no longer live, as after a year of corrections; the index still holds their chunks.
_RETIRE = """
    UPDATE {domain}.versions SET status = CASE WHEN n % 10 = 0 THEN 'ended' ELSE 'withdrawn' END, ended_at = now()
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM {domain}.versions) AS numbered
    WHERE numbered.id = versions.id AND n % 5 = 0
"""
_LIVE = """
    SELECT chunks.id, embedded.embedding::float4[] AS vector
    FROM {domain}.chunks JOIN {domain}.{embeddings} AS embedded ON embedded.chunk_id = chunks.id
    JOIN {domain}.parents ON parents.id = chunks.parent_id
    JOIN {domain}.versions ON versions.id = parents.version_id WHERE versions.status = 'live'
"""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Recall at ten over `questions`, milliseconds of a search, and whether the planner chose the index."""

    chunks: int
    live: int
    questions: int
    recall: float
    ms: tuple[float, ...]
    index_used: bool

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "chunks": self.chunks, "live": self.live, "questions": self.questions, "recall@10": round(self.recall, 4),
            "ms p50": round(percentile(self.ms, 50), 2), "ms p95": round(percentile(self.ms, 95), 2),
            "index in the plan": self.index_used,
        }  # fmt: skip

    def table(self) -> str:
        """For the terminal."""
        verdict = "met" if self.recall >= BAR and self.index_used else "MISSED"
        return (
            f"HNSW against exact search: {self.chunks:,} chunks, {self.live:,} of them live,"
            f" {self.questions} questions\n"
            f"  recall@{DEPTH} {self.recall:.4f} (bar >= {BAR}: {verdict}); search p50 {percentile(self.ms, 50):.1f},"
            f" p95 {percentile(self.ms, 95):.1f} ms; EXPLAIN shows the index: {'yes' if self.index_used else 'NO'}\n"
        )


async def measure(stored: Stored, pool: Pool, embedder: KeptEmbedder) -> Neighbours:
    """Over the one domain of `stored`, whose questions serve as queries. Ends every fifth version of it."""
    (domain,) = stored.domains
    (space,) = await search.namespaces(pool, [domain])
    questions = embedder.embed_now([asked.text for asked in stored.corpus.asked])
    chunks = await pool.fetchval(f"SELECT count(*) FROM {domain}.chunks")
    await pool.execute(_RETIRE.format(domain=domain))
    await pool.execute(f"ANALYZE {domain}.versions")
    rows = await pool.fetch(_LIVE.format(domain=domain, embeddings=f"embeddings_{space.name}"))
    ids, vectors = [row["id"] for row in rows], np.array([row["vector"] for row in rows], np.float32)
    found, seconds = [], []
    for question in questions:
        began = time.perf_counter()
        near = await _nearest(pool, space, question.tolist())
        seconds.append(time.perf_counter() - began)
        exact = {ids[row] for row in np.argsort(-(vectors @ question))[:DEPTH]}
        found.append(len(exact & near) / DEPTH)
    plan = await search.dense_plan(pool, space, questions[0].tolist())
    ms = tuple(one * 1_000 for one in seconds)
    used = f"embeddings_{space.name}_hnsw" in plan
    return Neighbours(chunks, len(ids), len(found), statistics.fmean(found), ms, used)


async def _nearest(pool: Pool, space: Namespace, vector: Sequence[float]) -> set[Any]:
    found = await search.candidates(pool, space, vector=vector, lexemes=[], provisions=[], groups=[])
    best = sorted(found.chunks, key=lambda chunk: -(chunk.dense or 0))
    return {chunk.id for chunk in best[:DEPTH]}
