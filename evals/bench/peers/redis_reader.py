"""The reading process of the fan-out through Redis: one XREAD over all streams, or a subscription. .venv-peers only."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvloop
from redis.asyncio import Redis

from evals.bench.child import answer, messages
from evals.bench.figure import percentile
from evals.bench.tokens import Arrivals, TokenLoad

# As evals/bench/token_reader.py.
_GRACE_SECONDS = 0.1
_SETTLE_SECONDS = 5.0
_BLOCK_MS = 1_000


async def main() -> None:
    """As evals/bench/token_reader.py is told, with `redis` for `dsn`."""
    told = messages()
    setup = await anext(told)
    arrivals = Arrivals(TokenLoad(len(setup["tasks"]), setup["rate"], setup["seconds"]).tokens)
    reading = _subscription if setup["design"] == "publish" else _streams
    async with reading(setup["redis"], setup["tasks"], arrivals):
        answer({"ready": True})
        go = await anext(told)
        await asyncio.sleep(max(0.0, go["start"] - time.monotonic()))
        cpu = time.process_time()
        await asyncio.sleep(setup["seconds"] + _GRACE_SECONDS)
        in_run = len(arrivals.latencies)
        cpu = time.process_time() - cpu
        if (await anext(told))["drained"]:
            await asyncio.wait([asyncio.create_task(arrivals.complete.wait())], timeout=_SETTLE_SECONDS)
        waits = arrivals.latencies or [0.0]
        summary = {f"p{q}": percentile(waits, q) for q in (50, 95, 99)}
        answer(summary | {"delivered": len(arrivals.latencies), "in_order": arrivals.in_order, "in_run": in_run,
                          "cpu": cpu})  # fmt: skip


@asynccontextmanager
async def _streams(url: str, tasks: list[str], arrivals: Arrivals) -> AsyncIterator[None]:
    # One call for all of them: a connection for each client was no faster.
    last: dict[bytes, bytes] = {task.encode(): b"0" for task in tasks}

    async def read(redis: Redis) -> None:
        while True:
            for name, entries in await redis.xread(last, block=_BLOCK_MS):
                for entry, fields in entries:
                    last[name] = entry
                    for text in fields[b"d"].split():
                        arrivals.note(name, text)

    # Of the protocol's version 2: an answer of version 3 is a mapping and not a list of pairs.
    async with Redis.from_url(url, protocol=2) as redis:
        running = asyncio.create_task(read(redis))
        yield
        await _end(running)


@asynccontextmanager
async def _subscription(url: str, tasks: list[str], arrivals: Arrivals) -> AsyncIterator[None]:
    async with Redis.from_url(url) as redis, redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(*tasks)

        async def read() -> None:
            async for message in pubsub.listen():
                arrivals.note(message["channel"], message["data"])

        running = asyncio.create_task(read())
        yield
        await _end(running)


async def _end(running: asyncio.Task[None]) -> None:
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


if __name__ == "__main__":
    uvloop.run(main())
