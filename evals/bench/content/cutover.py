"""What students notice of cutovers: retrievals while a domain goes back and forth, and while nothing happens."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from app.db import content, engine, search
from app.retrieval.calls import CallLog
from app.retrieval.fact_keys import fact_keys
from app.retrieval.retriever import Retriever
from evals.bench.content import corpus
from evals.bench.content.measure import DOMAIN, told
from evals.bench.content.migration import Migration, embedders
from evals.bench.figure import Bar, Figure, Sheet, percentile
from evals.bench.server import Server, temporary_home

# E2 of the reliability reference has 1.1; on two shared cores two idle runs differ by more than that.
_BAR = Bar(1.5)


@dataclass(frozen=True, slots=True)
class CutoverLoad:
    """`requests` a run by `at_once` callers, of which each waits for its answer; `cutovers` in every other run."""

    documents: int = 1_000
    pairs: int = 3
    requests: int = 1_700
    cutovers: int = 7
    at_once: int = 2


async def run(server: Server, load: CutoverLoad) -> list[Figure]:
    """The figures of each pair: an idle run and one with cutovers, one after the other."""
    sheet = Sheet()
    with temporary_home() as folder:
        corpus.write(folder / "texts", load.documents)
        async with server.database() as database, content.open_desk(server.dsn(database)) as desk:
            dsn = server.dsn(database)
            await told(dsn, "apply", folder / "texts")
            migration = Migration(dsn, desk, DOMAIN, folder / "revisions")
            await migration.fill()
            await migration.index()
            async with engine.open_pool(dsn, application="bench", size=load.at_once, settings=search.SETTINGS) as pool:
                retriever = Retriever(pool, embedders())
                # Statements are prepared, pages read.
                await _asked(retriever, load, load.requests // 5)
                for _ in range(load.pairs):
                    await _pair(sheet, retriever, migration, load)
    return sheet.figures


async def _pair(sheet: Sheet, retriever: Retriever, migration: Migration, load: CutoverLoad) -> None:
    idle = await _asked(retriever, load, load.requests)
    asking = asyncio.create_task(_asked(retriever, load, load.requests))
    # Spread over the time that the idle run took.
    pause = sum(idle) / load.at_once / (load.cutovers + 1)
    flips: list[float] = []
    for turn in range(load.cutovers):
        await asyncio.sleep(pause)
        flips.append(await (migration.back() if turn % 2 else migration.forward()))
    busy = await asking
    if load.cutovers % 2:
        await migration.back()
    sheet.latencies("retrieval, idle", idle)
    sheet.latencies("retrieval, under cutovers", busy)
    sheet.add("p95 under cutovers / idle", percentile(busy, 95) / percentile(idle, 95), "x", _BAR)
    sheet.latencies("cutover or way back", flips, 50)


async def _asked(retriever: Retriever, load: CutoverLoad, requests: int) -> list[float]:
    """Seconds of each retrieval."""
    waiting = iter(corpus.questions(requests))
    taken: list[float] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(load.at_once):
            group.create_task(_ask(retriever, waiting, taken))
    return taken


async def _ask(retriever: Retriever, waiting: Iterator[str], taken: list[float]) -> None:
    for question in waiting:
        began = time.perf_counter()
        snapshot = await retriever.snapshot()
        found = await retriever.search(
            question, snapshot=snapshot, domains=[DOMAIN], keys=fact_keys(question), log=CallLog()
        )
        taken.append(time.perf_counter() - began)
        promised: tuple[UUID, ...] = tuple(one.id for one in snapshot.of([DOMAIN]))
        assert (found.namespaces, found.degraded) == (promised, False)
