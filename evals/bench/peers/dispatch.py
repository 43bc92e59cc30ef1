"""From the dispatch of a job to its first line: ours against Celery over Redis, each with a warm worker of its own."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from app.db import engine
from app.settings import child_environment
from evals.bench import pickup, processes
from evals.bench.child import ROOT, child
from evals.bench.figure import Bar, Figure, Sheet, percentile
from evals.bench.flush import Flush
from evals.bench.peers import redis_server
from evals.bench.peers.interpreter import PYTHON, available
from evals.bench.pickup import PickupLoad
from evals.bench.server import Server, temporary_home

DURABLE, FAST = "Celery, Redis AOF always", "Celery, Redis not persistent"
_OURS = ("ours", "ours, job alone")
_CONCURRENCY = 8
_END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Run:
    """Seconds of each call and each pick-up; `server` is the server's CPU in seconds."""

    calls: list[float]
    pickups: list[float]
    server: float


_Way = Callable[[PickupLoad], Awaitable[_Run]]


async def run(server: Server, load: PickupLoad) -> list[Figure]:
    """All figures; none where Celery or Redis is missing. `pairs` of the load are not measured here."""
    if not (available("celery") and redis_server.available("celery")):
        return []
    sheet = Sheet()
    async with (
        server.database() as database,
        server.connection(database) as connection,
        _ours(server, database) as ours,
        _celery(durable=True) as durable,
        _celery(durable=False) as fast,
    ):
        flush = await Flush.prepare(connection)
        ways: dict[str, _Way] = {**ours, DURABLE: durable, FAST: fast}
        for way in ways.values():
            await way(PickupLoad(jobs=min(20, load.jobs), rate=load.rate))
        for _ in range(load.rounds):
            sheet.latencies("flush (one durable row)", [await flush.once() for _ in range(load.jobs)])
            # Neither side always comes first.
            runs = {name: await ways[name](load) for name in random.sample(sorted(ways), len(ways))}
            for name in ways:
                _note(sheet, name, runs[name], load.jobs)
            _compare(sheet, runs)
    return sheet.figures


@asynccontextmanager
async def _ours(server: Server, database: str) -> AsyncIterator[dict[str, _Way]]:
    dsn = server.dsn(database)
    async with (
        pickup.dispatches(dsn) as dispatches,
        engine.open_pool(dsn, application="bench-defer", size=8) as pool,
        child("evals.bench.pickup_worker") as worker,
    ):
        await worker.ask({"dsn": dsn})

        async def alone(task_id: UUID) -> None:
            await pool.execute("SELECT chat.defer_answer($1)", task_id)

        def way(dispatch: pickup.Dispatch) -> _Way:
            async def measured(load: PickupLoad) -> _Run:
                before = processes.cpu_seconds(processes.children(server.pid))
                calls, pickups = await pickup.measure(worker, dispatch, load)
                after = processes.cpu_seconds(processes.children(server.pid))
                return _Run(calls, pickups, processes.cpu_since(before, after))

            return measured

        yield dict(zip(_OURS, (way(dispatches["ours"]), way(alone)), strict=True))


@asynccontextmanager
async def _celery(*, durable: bool) -> AsyncIterator[_Way]:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(temporary_home())
        redis = await stack.enter_async_context(redis_server.running_redis(durable=durable))
        begun = folder / "begun"
        begun.touch()
        await stack.enter_async_context(_worker(redis.url, folder))
        client = await stack.enter_async_context(child("evals.bench.peers.celery_client", str(PYTHON)))
        await client.ask({"redis": redis.url, "begun": str(begun)})

        async def measured(load: PickupLoad) -> _Run:
            before = processes.cpu_seconds([redis.pid])
            said = await client.ask({"jobs": load.jobs, "rate": load.rate})
            at = await _begun(begun, set(said["called"]))
            used = processes.cpu_since(before, processes.cpu_seconds([redis.pid]))
            waits = [at[task_id] - called for task_id, called in said["called"].items() if task_id in at]
            return _Run(said["calls"], waits, used)

        yield measured


@asynccontextmanager
async def _worker(url: str, folder: Path) -> AsyncIterator[None]:
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            str(PYTHON), "-m", "celery", "--app", "evals.bench.peers.celery_app", "worker", "--pool", "prefork",
            "--concurrency", str(_CONCURRENCY), "--loglevel", "ERROR", "--without-gossip", "--without-mingle",
            cwd=ROOT, env=child_environment(BENCH_REDIS=url, BENCH_BEGUN=str(folder / "begun")), stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _END_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _begun(path: Path, wanted: set[str]) -> Mapping[str, float]:
    # All processes read the same monotonic clock.
    began: dict[str, float] = {}
    deadline = time.monotonic() + pickup.DRAIN_SECONDS
    while wanted - began.keys() and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
        began = _read(path)
    return began


def _read(path: Path) -> dict[str, float]:
    lines = (line.split() for line in path.read_text().splitlines())
    return {task_id: float(at) for task_id, at in lines}


def _note(sheet: Sheet, name: str, run: _Run, jobs: int) -> None:
    sheet.latencies(f"{name}: dispatch call", run.calls)
    sheet.latencies(f"{name}: dispatch to pick-up", run.pickups, 50, 95, 99)
    sheet.add(f"{name}: jobs picked up", 100 * len(run.pickups) / jobs, "%", Bar(100, at_least=True))
    sheet.add(f"{name}: server CPU a job", run.server / jobs * 1_000, "ms")


def _compare(sheet: Sheet, runs: Mapping[str, _Run]) -> None:
    """Durable against durable has the bars of section 10; ours writes the task and the turn beside the job."""
    for mine in _OURS:
        for theirs in (DURABLE, FAST):
            bars = (Bar(0.8), Bar(1.1)) if (mine, theirs) == ("ours", DURABLE) else (None, None)
            calls, pickups = (
                percentile(getattr(runs[mine], what), q) / percentile(getattr(runs[theirs], what), q)
                for what, q in (("calls", 50), ("pickups", 95))
            )
            sheet.add(f"{mine} / {theirs}: dispatch call p50", calls, "x", bars[0])
            sheet.add(f"{mine} / {theirs}: pick-up p95", pickups, "x", bars[1])
