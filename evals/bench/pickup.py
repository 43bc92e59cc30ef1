"""From a question's enqueue to the first line of its job in an idle worker: ours, and the queue library's own way."""

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from app.db import engine, enqueue
from app.db.gate import Question
from app.jobs.queues import make_app
from evals.bench.child import Child, child
from evals.bench.figure import Bar, Figure, Sheet, percentile
from evals.bench.flush import Flush
from evals.bench.server import Server

DRAIN_SECONDS = 10.0

Dispatch = Callable[[UUID], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class PickupLoad:
    """`jobs` of each way a round, `rate` a second on average, at random moments; `pairs` of ours on a quiet queue."""

    rounds: int = 3
    jobs: int = 200
    rate: float = 40.0
    pairs: int = 100


async def run(server: Server, load: PickupLoad) -> list[Figure]:
    """All figures of enqueue and pick-up."""
    sheet = Sheet()
    async with (
        server.database() as database,
        server.connection(database) as connection,
        dispatches(server.dsn(database)) as ways,
        child("evals.bench.pickup_worker") as worker,
    ):
        flush = await Flush.prepare(connection)
        await worker.ask({"dsn": server.dsn(database)})
        for dispatch in ways.values():
            await measure(worker, dispatch, replace(load, jobs=min(20, load.jobs)))
        for _ in range(load.rounds):
            flushes = [await flush.once() for _ in range(load.jobs)]
            sheet.latencies("flush (one durable row)", flushes)
            for name, dispatch in ways.items():
                calls, pickups = await measure(worker, dispatch, load)
                _note(sheet, name, calls, pickups, of=load.jobs, flush=percentile(flushes, 50))
            waits = [wait for _ in range(load.pairs) for wait in await _pair(worker, ways["ours"])]
            sheet.latencies("quiet pairs, ours: enqueue to pick-up", waits, 50, 95, 100)
            # A wake-up that is lost waits for the poll.
            sheet.add("quiet pairs, ours: jobs over 300 ms", sum(wait > 0.3 for wait in waits), "", Bar(0))
    return sheet.figures


@asynccontextmanager
async def dispatches(dsn: str) -> AsyncIterator[dict[str, Dispatch]]:
    """Ours (task, turn and job) and the library's own call (the job alone), over pools to this database."""
    async with (
        engine.open_pool(dsn, application="bench-enqueue", size=8) as pool,
        make_app("chat", dsn).open_async() as app,
    ):

        async def ours(task_id: UUID) -> None:
            enqueued = await enqueue.enqueue_one(pool, question(task_id), session_id=uuid4())
            assert enqueued.outcome == "accepted"

        async def library(task_id: UUID) -> None:
            await app.configure_task("chat:answer").defer_async(task_id=str(task_id))

        yield {"ours": ours, "defer_async": library}


def _note(sheet: Sheet, name: str, calls: list[float], pickups: list[float], *, of: int, flush: float) -> None:
    sheet.latencies(f"{name}: dispatch call", calls)
    sheet.latencies(f"{name}: enqueue to pick-up", pickups, 50, 95, 99)
    sheet.add(f"{name}: jobs picked up", 100 * len(pickups) / of, "%", Bar(100, at_least=True))
    # Enqueue, fetch and finish wait for the disk; what is left is ours.
    sheet.add(f"{name}: pick-up p95 less 4 flushes", (percentile(pickups, 95) - 4 * flush) * 1_000, "ms", Bar(25))


async def measure(worker: Child, dispatch: Dispatch, load: PickupLoad) -> tuple[list[float], list[float]]:
    """Seconds of each dispatch call, and from just before it to the job's body."""
    called: dict[str, float] = {}
    calls: list[float] = []

    async def one() -> None:
        task_id = uuid4()
        called[str(task_id)] = began = time.monotonic()
        await dispatch(task_id)
        calls.append(time.monotonic() - began)

    async with asyncio.TaskGroup() as group:
        for _ in range(load.jobs):
            await asyncio.sleep(random.expovariate(load.rate))
            group.create_task(one())
    began = await _begun(worker, set(called))
    return calls, [began[task_id] - at for task_id, at in called.items() if task_id in began]


async def _pair(worker: Child, dispatch: Dispatch) -> list[float]:
    """Seconds to pick up two jobs up to 10 ms apart, with nothing before or after them."""
    called: dict[str, float] = {}
    for _ in range(2):
        task_id = uuid4()
        called[str(task_id)] = time.monotonic()
        await dispatch(task_id)
        await asyncio.sleep(random.uniform(0, 0.01))
    began = await _begun(worker, set(called))
    return [began.get(task_id, math.inf) - at for task_id, at in called.items()]


async def _begun(worker: Child, wanted: set[str]) -> dict[str, float]:
    # Both processes read the same monotonic clock.
    began: dict[str, float] = {}
    deadline = time.monotonic() + DRAIN_SECONDS
    while wanted - began.keys() and time.monotonic() < deadline:
        began |= (await worker.ask({}))["began"]
        await asyncio.sleep(0.05)
    return began


def question(task_id: UUID) -> Question:
    """By a student who has no other: nobody finishes these tasks, and a student may have few at once."""
    return Question(task_id, f"student-{task_id}", "A question", "a question", None, (), "en", "bench",
                    task_id.bytes * 2)  # fmt: skip
