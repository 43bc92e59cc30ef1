"""Stored answers found again: ours as the gate finds them against GPTCache, and ours among a hundred thousand."""

import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.db import cache, engine, search
from app.db.engine import Connection, Pool
from app.retrieval.minilm import MiniLM
from app.settings import CACHE_THRESHOLD
from evals.bench.child import child
from evals.bench.figure import Bar, Figure, Sheet, percentile
from evals.bench.peers.interpreter import PYTHON, available
from evals.bench.peers.questions import Asked, Questions, questions
from evals.bench.retrieval.vectors import KeptEmbedder
from evals.bench.server import Server, temporary_home
from evals.bench.stored import PROMPT_SET, cite, make_content

OURS, THEIRS, QUIET = "ours", "GPTCache", "GPTCache, no statistics"
_ANSWER = "The President is elected by an electoral college, and holds office for five years. [1] " * 12
_BODY = json.dumps({"text": _ANSWER, "intent": "factual"})
_ENTRY = """
    INSERT INTO cache.entries (question, normalised, embedding, fact_keys, language, prompt_set, route, sources, answer,
                               expires_at)
    VALUES ($1, $2, $3::float4[]::vector, $4, 'en', $5, '{}', '[]', $6, now() + interval '1 day')
"""
# Vectors between those of two stored questions: as many neighbours as real ones, at no cost of embedding.
_MORE = """
    WITH base AS MATERIALIZED (
        SELECT embedding, row_number() OVER (ORDER BY id) - 1 AS n FROM cache.entries
    )
    INSERT INTO cache.entries (question, normalised, embedding, fact_keys, language, prompt_set, route, sources, answer,
                               expires_at)
    SELECT 'Further question ' || i, 'further question ' || i, l2_normalize(a.embedding + b.embedding),
           ARRAY['ask:what', 'number:' || i, 'term:further', 'term:question'], 'en', $2, '{}', '[]', $3,
           now() + interval '1 day'
    FROM generate_series(1, $1::integer) AS i
    JOIN base a ON a.n = i % $4::integer
    JOIN base b ON b.n = (i::bigint * 7919 + i / $4::integer + 1) % $4::integer
"""
# What an exact search without our keys has to do.
_EXACT = """
    SELECT fact_keys, 1 - (embedding <=> $1::float4[]::vector) AS similarity FROM cache.entries
    ORDER BY embedding <=> $1::float4[]::vector LIMIT 1
"""
_SIMILARITY = "SELECT 1 - (embedding <=> $2::float4[]::vector) FROM cache.entries WHERE id = $1"

# Asks these questions; seconds of each, and how many were served.
_Way = Callable[[Sequence[Asked]], Awaitable[tuple[list[float], int]]]


@dataclass(frozen=True, slots=True)
class LookUpLoad:
    """`asks` hits and as many misses of each way a round among `entries`; then ours and `exact` scans among `crowd`."""

    rounds: int = 3
    entries: int = 10_000
    asks: int = 60
    crowd: int = 100_000
    exact: int = 20


async def run(server: Server, load: LookUpLoad) -> list[Figure]:
    """All figures; without GPTCache, ours alone."""
    sheet = Sheet()
    print("  questions and their vectors (kept in .bench-cache; the first time takes a minute or more)", flush=True)
    asked = questions(KeptEmbedder(MiniLM.load(threads=2)), entries=load.entries, hits=4 * load.asks)
    async with (
        server.database() as database,
        server.connection(database) as connection,
        engine.open_pool(server.dsn(database), application="bench", size=1, settings=search.SETTINGS) as pool,
    ):
        await _store(connection, asked.stored)
        await _measure(sheet, pool, asked, load)
        await connection.execute(_MORE, load.crowd - load.entries, PROMPT_SET, _BODY, load.entries)
        await connection.execute("DELETE FROM cache.entry_sources")
        await cite(connection)
        for _ in range(load.rounds):
            await _crowd(sheet, pool, asked, load)
    return sheet.figures


async def _store(connection: Connection, stored: Sequence[Asked]) -> None:
    await make_content(connection)
    await connection.executemany(
        _ENTRY,
        [(one.text, one.key.normalised, list(one.key.embedding), list(one.key.fact_keys), PROMPT_SET, _BODY)
         for one in stored],
    )  # fmt: skip
    await cite(connection)


async def _measure(sheet: Sheet, pool: Pool, asked: Questions, load: LookUpLoad) -> None:
    async with _gptcache(asked) as theirs:
        ways = {OURS: _ours(pool), **theirs}
        kinds = {"hit": asked.hits, "miss": asked.misses}
        for way in ways.values():
            await way(asked.hits[:20])
        for _ in range(load.rounds):
            seconds: dict[tuple[str, str], list[float]] = {}
            for kind, known in kinds.items():
                picked = random.sample(known, min(load.asks, len(known)))
                # Neither side always comes first.
                for name in random.sample(sorted(ways), len(ways)):
                    seconds[name, kind], served = await ways[name](picked)
                    sheet.add(f"{name}: {kind}, served", 100 * served / len(picked), "%")
            for name in ways:
                for kind in kinds:
                    sheet.latencies(f"{name}: {kind}", seconds[name, kind])
            for name in theirs:
                for kind in kinds:
                    ratio = percentile(seconds[OURS, kind], 50) / percentile(seconds[name, kind], 50)
                    sheet.add(f"ours / {name}: {kind} p50", ratio, "x", Bar(0.2))


def _ours(pool: Pool) -> _Way:
    async def ask(asked: Sequence[Asked]) -> tuple[list[float], int]:
        seconds, served = [], 0
        for one in asked:
            began = time.perf_counter()
            found = await _look_up(pool, one)
            seconds.append(time.perf_counter() - began)
            served += found is not None
        return seconds, served

    return ask


async def _look_up(pool: Pool, asked: Asked) -> cache.CacheEntry | None:
    return await cache.lookup(pool, asked.key, language="en", prompt_set=PROMPT_SET, threshold=CACHE_THRESHOLD)


@asynccontextmanager
async def _gptcache(asked: Questions) -> AsyncIterator[dict[str, _Way]]:
    if not available("gptcache"):
        yield {}
        return
    every = [*asked.hits, *asked.misses]
    places = {one.text: place for place, one in enumerate(every)}
    with temporary_home() as folder:
        _hand_over(folder, asked.stored, every)
        async with child("evals.bench.peers.gptcache_child", str(PYTHON)) as theirs:
            await theirs.ask({"folder": str(folder), "answer": _ANSWER})

            def way(*, report: bool) -> _Way:
                async def ask(asked: Sequence[Asked]) -> tuple[list[float], int]:
                    said = await theirs.ask({"ask": [places[one.text] for one in asked], "report": report})
                    return said["seconds"], said["hits"]

                return ask

            yield {THEIRS: way(report=True), QUIET: way(report=False)}


def _hand_over(folder: Path, stored: Sequence[Asked], asked: Sequence[Asked]) -> None:
    for name, rows in (("stored", stored), ("asked", asked)):
        (folder / f"{name}.json").write_text(json.dumps([one.text for one in rows]))
    np.save(folder / "vectors.npy", np.array([one.key.embedding for one in (*stored, *asked)], np.float32))


async def _crowd(sheet: Sheet, pool: Pool, asked: Questions, load: LookUpLoad) -> None:
    name = f"ours, {load.crowd:,} entries"
    picked = random.sample(asked.hits, min(load.exact, len(asked.hits)))
    hits, _ = await _ours(pool)(random.sample(asked.hits, min(load.asks, len(asked.hits))))
    misses, _ = await _ours(pool)(random.sample(asked.misses, min(load.asks, len(asked.misses))))
    scans, due, found = [], 0, 0
    for one in picked:
        began = time.perf_counter()
        nearest = await pool.fetchrow(_EXACT, list(one.key.embedding))
        scans.append(time.perf_counter() - began)
        if tuple(nearest["fact_keys"]) == one.key.fact_keys and nearest["similarity"] >= CACHE_THRESHOLD:
            due += 1
            found += await _similarity(pool, one) >= nearest["similarity"] - 1e-5
    sheet.latencies(f"{name}: hit in other words", hits)
    sheet.latencies(f"{name}: miss", misses)
    sheet.latencies(f"{name}: exact scan of the vectors", scans)
    sheet.add(f"{name}: recall@1", found / max(1, due), "", Bar(0.98, at_least=True))
    sheet.add(f"{name}: questions of which the nearest has the same facts", 100 * due / len(picked), "%")
    hit, miss, scan = (percentile(one, 50) for one in (hits, misses, scans))
    sheet.add(f"{name}: exact scan / hit, p50", scan / hit, "x", Bar(8, at_least=True))
    sheet.add(f"{name}: miss / hit, p50", miss / hit, "x", Bar(2))


async def _similarity(pool: Pool, asked: Asked) -> float:
    entry = await _look_up(pool, asked)
    return float(await pool.fetchval(_SIMILARITY, entry.id, list(asked.key.embedding))) if entry else -1.0
