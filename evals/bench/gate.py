"""The ask path's database work: our gate against the same steps through the ORM, and its round trips."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.db import cache, engine, enqueue, gate, search
from app.db.cache import CacheKey
from app.settings import CACHE_THRESHOLD
from evals.bench.figure import Bar, Figure, Sheet, percentile
from evals.bench.flush import Flush
from evals.bench.orm_path import OrmPath, open_orm_path
from evals.bench.server import MAINTENANCE, Server
from evals.bench.statements import Statements
from evals.bench.stored import PROMPT_SET, Asking, fill
from evals.bench.wire import wire

LIMIT = 1_000_000
# What section 10 of the design calls the vector look-up: the nearest of all stored vectors, by an index. The gate's
# own compares those with equal keys alone.
_INDEX = (
    "CREATE TABLE bench_vectors AS SELECT id, embedding FROM cache.entries",
    "CREATE INDEX ON bench_vectors USING hnsw (embedding vector_cosine_ops)",
    "ANALYZE bench_vectors",
)
_NEAREST = "SELECT id FROM bench_vectors ORDER BY embedding <=> $1::float4[]::vector LIMIT 1"
_KINDS = ("gate hit", "gate miss", "ORM hit", "ORM miss")


@dataclass(frozen=True, slots=True)
class GateLoad:
    """`asks` of each kind a round, one after another; `counted` of each kind for the round trips.

    `warm_up` of each kind come first, as in a process that has been running: statements are prepared, plans cached.
    """

    entries: int = 10_000
    rounds: int = 5
    asks: int = 200
    counted: int = 50
    warm_up: int = 40


@dataclass(slots=True)
class _Timed:
    """One round's latencies and the client's CPU, in seconds."""

    latencies: list[float] = field(default_factory=list)
    cpu: float = 0.0


class _Paths:
    """Both ways to ask, over connections to one dsn."""

    def __init__(self, pool: engine.Pool, orm: OrmPath, asking: Asking) -> None:
        self._pool = pool
        self._orm = orm
        self._asking = asking
        self.gate_alone: list[float] = []
        self.enqueue_alone: list[float] = []
        self.index_alone: list[float] = []
        self.look_up_alone: list[float] = []

    async def ask(self, kind: str) -> None:
        """Ask one question of this kind, and make sure that it went that way."""
        session_id, question = self._asking.hit() if kind.endswith("hit") else self._asking.miss()
        if kind == "ORM hit":
            assert await self._orm.hit(question, session_id=session_id, limit=LIMIT)
            return
        if kind == "ORM miss":
            assert await self._orm.miss(question, session_id=session_id, limit=LIMIT)
            return
        began = time.perf_counter()
        gated = await gate.gate(self._pool, question, session_id=session_id, limit=LIMIT)
        if kind == "gate hit":
            assert gated.outcome == "hit"
            return
        assert gated.outcome == "miss"
        between = time.perf_counter()
        # Nobody finishes these tasks: their students may have as many.
        enqueued = await enqueue.enqueue_one(self._pool, question, session_id=session_id, most=LIMIT)
        assert enqueued.outcome == "accepted"
        self.gate_alone.append(between - began)
        self.enqueue_alone.append(time.perf_counter() - between)

    async def look_up(self) -> None:
        """Search for a stored answer to a new question, by the index and as the gate does; neither is served one."""
        _, question = self._asking.miss()
        assert question.embedding is not None
        key = CacheKey(question.normalised, question.embedding, question.fact_keys)
        began = time.perf_counter()
        await self._pool.fetchval(_NEAREST, list(key.embedding))
        between = time.perf_counter()
        found = await cache.lookup(
            self._pool, key, language=question.language, prompt_set=PROMPT_SET, threshold=CACHE_THRESHOLD
        )
        assert found is None
        self.index_alone.append(between - began)
        self.look_up_alone.append(time.perf_counter() - between)

    def forget(self) -> None:
        """Begin a round."""
        for alone in (self.gate_alone, self.enqueue_alone, self.index_alone, self.look_up_alone):
            alone.clear()


@asynccontextmanager
async def _paths(dsn: str, asking: Asking, *, warm_up: int) -> AsyncIterator[_Paths]:
    async with (
        engine.open_pool(dsn, application="bench-gate", size=1, settings=search.SETTINGS) as pool,
        open_orm_path(dsn) as orm,
    ):
        paths = _Paths(pool, orm, asking)
        await asking.sessions(warm_up * (len(_KINDS) + 1))
        for _ in range(warm_up):
            for kind in _KINDS:
                await paths.ask(kind)
            await paths.look_up()
        yield paths


async def run(server: Server, load: GateLoad) -> list[Figure]:
    """All figures of the gate."""
    sheet = Sheet()
    async with server.database() as database, server.connection(database) as connection:
        await fill(connection, entries=load.entries)
        for statement in _INDEX:
            await connection.execute(statement)
        asking = Asking(connection, entries=load.entries)
        flush = await Flush.prepare(connection)
        async with _paths(server.dsn(database), asking, warm_up=load.warm_up) as paths:
            for _ in range(load.rounds):
                # Nobody finishes them: the students of a round would have hundreds unfinished, which no student may.
                await connection.execute("TRUNCATE chat.tasks CASCADE")
                await asking.sessions(load.asks * (len(_KINDS) + 1))
                await _round(sheet, paths, flush, load.asks)
        async with server.connection(MAINTENANCE) as elsewhere:
            statements = await Statements.of(elsewhere, database)
            await _count(sheet, server.tcp_dsn(database), asking, statements, load)
    return sheet.figures


async def _round(sheet: Sheet, paths: _Paths, flush: Flush, asks: int) -> None:
    timed = {kind: _Timed() for kind in _KINDS}
    flushes: list[float] = []
    paths.forget()
    for _ in range(asks):
        for kind in _KINDS:
            await _time(timed[kind], paths.ask, kind)
        await paths.look_up()
        flushes.append(await flush.once())
    sheet.latencies("flush (one durable row)", flushes)
    sheet.latencies("gate, hit", timed["gate hit"].latencies)
    sheet.latencies("gate, miss", paths.gate_alone)
    sheet.latencies("enqueue, durable", paths.enqueue_alone)
    sheet.latencies("gate + enqueue, miss", timed["gate miss"].latencies)
    sheet.latencies("vector look-up, by index", paths.index_alone)
    sheet.latencies("gate's own look-up, a miss", paths.look_up_alone)
    # The embedding comes before the gate, and the disk is not ours.
    miss = percentile(timed["gate miss"].latencies, 95) - percentile(flushes, 95)
    sheet.add("gate + enqueue, miss p95 less the flush's", miss * 1_000, "ms")
    sheet.add("the same / vector look-up p95", miss / percentile(paths.index_alone, 95), "x", Bar(2.5))
    sheet.add("the same / gate's own look-up p95", miss / percentile(paths.look_up_alone, 95), "x", Bar(2.5))
    sheet.latencies("ORM, hit", timed["ORM hit"].latencies)
    sheet.latencies("ORM, miss", timed["ORM miss"].latencies)
    for outcome in ("hit", "miss"):
        ours, theirs = timed[f"gate {outcome}"], timed[f"ORM {outcome}"]
        ratio = percentile(ours.latencies, 50) / percentile(theirs.latencies, 50)
        sheet.add(f"ours / ORM, {outcome}, p50", ratio, "x", Bar(0.5))
        sheet.add(f"ours / ORM, {outcome}, client CPU", ours.cpu / theirs.cpu, "x", Bar(0.25))


async def _time(timed: _Timed, ask: Callable[[str], Awaitable[None]], kind: str) -> None:
    cpu, began = time.process_time(), time.perf_counter()
    await ask(kind)
    timed.latencies.append(time.perf_counter() - began)
    timed.cpu += time.process_time() - cpu


async def _count(sheet: Sheet, dsn: str, asking: Asking, statements: Statements, load: GateLoad) -> None:
    """Round trips of each kind, on the wire and as statements; prepared and warm, as in a running process."""
    bars = {"gate hit": Bar(1), "gate miss": Bar(2)}
    async with wire(dsn) as (counter, through), _paths(through, asking, warm_up=load.warm_up) as paths:
        for kind in _KINDS:
            await asking.sessions(load.counted)
            await statements.reset()
            before = counter.flights
            for _ in range(load.counted):
                await paths.ask(kind)
            name = kind.replace(" ", ", ")
            sheet.add(f"{name}: round trips on the wire", (counter.flights - before) / load.counted, "", bars.get(kind))
            sheet.add(f"{name}: statements", await statements.calls() / load.counted, "", bars.get(kind))
