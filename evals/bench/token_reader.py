"""The reading process of the stream benchmark: our Hub with a reader for each stream, or a bare LISTEN."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import uvloop

from app import telemetry
from app.api.frames import EventId
from app.api.hub import Hub
from app.api.subscriber import Subscriber
from app.db import engine, stream, tasks
from app.db.tasks import State
from app.resources import beside
from evals.bench.child import answer, messages
from evals.bench.figure import percentile
from evals.bench.tokens import Arrivals, TokenLoad

OWNER = "bench"
_TEXT = re.compile(rb'"text":"(\d+)"')
# What is on its way when the run ends counts as delivered in the run.
_GRACE_SECONDS = 0.1
_SETTLE_SECONDS = 5.0
# Readers that attach at the same time before the run.
_AT_ONCE = 8


async def main() -> None:
    """`{"dsn", "design", "tasks", "rate", "seconds"}`, then `{"start"}`, then `{"drained"}`: says what has come."""
    # Standard output carries the answers.
    telemetry.configure("CRITICAL")
    told = messages()
    setup = await anext(told)
    reading = _hub if setup["design"] == "tick" else _listener
    arrivals = Arrivals(TokenLoad(len(setup["tasks"]), setup["rate"], setup["seconds"]).tokens)
    async with reading(setup["dsn"], [UUID(task) for task in setup["tasks"]], arrivals):
        answer({"ready": True})
        go = await anext(told)
        await asyncio.sleep(max(0.0, go["start"] - time.monotonic()))
        cpu = time.process_time()
        await asyncio.sleep(setup["seconds"] + _GRACE_SECONDS)
        in_run = len(arrivals.latencies)
        cpu = time.process_time() - cpu
        if (await anext(told))["drained"]:
            # It is on its way; a reader without a turn on a busy machine is given one.
            await asyncio.wait([asyncio.create_task(arrivals.complete.wait())], timeout=_SETTLE_SECONDS)
        answer(_summary(arrivals) | {"in_run": in_run, "cpu": cpu})


def _summary(arrivals: Arrivals) -> dict[str, Any]:
    waits = arrivals.latencies or [0.0]
    percentiles = {f"p{q}": percentile(waits, q) for q in (50, 95, 99)}
    return {"delivered": len(arrivals.latencies), "in_order": arrivals.in_order, **percentiles}


@asynccontextmanager
async def _hub(dsn: str, task_ids: list[UUID], arrivals: Arrivals) -> AsyncIterator[None]:
    async with engine.open_pool(dsn, application="bench-reader", size=3, settings=stream.READER_SETTINGS) as pool:
        hub = Hub(dsn, pool)
        async with beside(hub.run()):
            attaching = asyncio.Semaphore(_AT_ONCE)

            async def attach(state: State) -> Subscriber:
                async with attaching:
                    return await hub.attach(state, EventId())

            states = await tasks.states(pool, task_ids, owner=OWNER)
            readers = await asyncio.gather(*(attach(state) for state in states))
            async with beside(*(_read(hub, reader, arrivals) for reader in readers)):
                yield


async def _read(hub: Hub, reader: Subscriber, arrivals: Arrivals) -> None:
    # As the event stream does, without a socket behind it.
    while True:
        hub.catch_up(reader)
        for text in _TEXT.findall(await reader.take()):
            arrivals.note(reader, text)


@asynccontextmanager
async def _listener(dsn: str, task_ids: list[UUID], arrivals: Arrivals) -> AsyncIterator[None]:
    wanted = {str(task_id) for task_id in task_ids}

    def heard(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        task_id, _, text = str(payload).split(" ")
        if task_id in wanted:
            arrivals.note(task_id, text)

    connection = await engine.connect(dsn, application="bench-listener")
    try:
        await connection.add_listener("bench_tokens", heard)
        yield
    finally:
        connection.terminate()


if __name__ == "__main__":
    uvloop.run(main())
