"""Durable enqueues by many at once: one statement for all who wait, as the API does it, against a transaction each."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

from app.api.enqueuer import Enqueuer
from app.db import engine, enqueue
from app.db.enqueue import Asked, Enqueued
from evals.bench import pickup
from evals.bench.figure import Bar, Figure, Sheet
from evals.bench.flush import Flush
from evals.bench.server import Server

_CALIBRATIONS = 100

_Way = Callable[[Asked], Awaitable[Enqueued]]


@dataclass(frozen=True, slots=True)
class BatchLoad:
    """`each` questions by each of `callers`, one after another, of each way a round."""

    rounds: int = 5
    callers: int = 32
    each: int = 20


async def run(server: Server, load: BatchLoad) -> list[Figure]:
    """All figures of the enqueue. The baseline has a connection for every caller."""
    sheet = Sheet()
    async with (
        server.database() as database,
        server.connection(database) as connection,
        engine.open_pool(server.dsn(database), application="bench-enqueue", size=load.callers) as pool,
    ):
        flush = await Flush.prepare(connection)
        enqueuer = Enqueuer(pool)

        async def alone(asked: Asked) -> Enqueued:
            return (await enqueue.enqueue(pool, [asked]))[0]

        ways = {"one statement for all who wait": enqueuer.enqueue, "a transaction each": alone}
        for way in ways.values():
            await _rate(way, BatchLoad(callers=load.callers, each=3))
        for _ in range(load.rounds):
            sheet.latencies("flush (one durable row)", [await flush.once() for _ in range(_CALIBRATIONS)])
            rates = {}
            for name, way in ways.items():
                statements = enqueuer.statements
                waits, rates[name] = await _rate(way, load)
                sheet.add(f"{name}: questions/s", rates[name], "")
                sheet.latencies(f"{name}: enqueue", waits)
                if enqueuer.statements > statements:
                    sheet.add(f"{name}: questions in a statement", len(waits) / (enqueuer.statements - statements), "")
            batched, alone_rate = rates.values()
            sheet.add("batched / a transaction each", batched / alone_rate, "x", Bar(1.4, at_least=True))
    return sheet.figures


async def _rate(way: _Way, load: BatchLoad) -> tuple[list[float], float]:
    """Seconds that each question waited, and questions a second."""
    waits: list[float] = []

    async def caller() -> None:
        for _ in range(load.each):
            asked = Asked(pickup.question(uuid4()), uuid4())
            began = time.perf_counter()
            enqueued = await way(asked)
            waits.append(time.perf_counter() - began)
            assert enqueued.outcome == "accepted"

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(load.callers)))
    return waits, len(waits) / (time.perf_counter() - began)
