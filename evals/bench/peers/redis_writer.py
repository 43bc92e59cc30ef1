"""The writing process of the fan-out through Redis: streams a tick or a token, or pub/sub. Runs under .venv-peers."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import uvloop
from redis.asyncio import Redis

from evals.bench.child import answer, messages
from evals.bench.tokens import Emit, TokenLoad, play, stamp

# As many as our baseline in PostgreSQL has, evals/bench/token_writer.py.
CONNECTIONS = 8
# As app/jobs/tick.py: 5 ms for few streams, 40 for a thousand.
_SHORTEST_SECONDS, _LONGEST_SECONDS, _SECONDS_A_STREAM = 0.005, 0.1, 40e-6

Writing = tuple[Emit, Callable[[], Awaitable[None]]]


async def main() -> None:
    """`{"redis", "design", "tasks", "rate", "seconds", "drain"}`, `{"start"}`; as evals/bench/token_writer.py."""
    told = messages()
    setup = await anext(told)
    tasks: list[str] = setup["tasks"]
    load = TokenLoad(len(tasks), setup["rate"], setup["seconds"])
    async with _WRITING[setup["design"]](setup["redis"], tasks) as (emit, drained):
        answer({"ready": True})
        go = await anext(told)
        cpu = time.process_time()
        await play(load, go["start"], emit)
        cpu = time.process_time() - cpu
        done, _ = await asyncio.wait([asyncio.create_task(drained())], timeout=setup["drain"])
        answer({"cpu": cpu, "drained": bool(done)})


@asynccontextmanager
async def _tick(url: str, tasks: list[str]) -> AsyncIterator[Writing]:
    """One XADD for each stream that has something, all of a tick in one pipeline."""
    waiting: defaultdict[str, list[str]] = defaultdict(list)
    flushing = asyncio.Lock()
    tick = min(max(len(tasks) * _SECONDS_A_STREAM, _SHORTEST_SECONDS), _LONGEST_SECONDS)

    def emit(stream: int, _seq: int, due: float) -> None:
        waiting[tasks[stream]].append(stamp(due))

    async with Redis.from_url(url) as redis:

        async def flush() -> None:
            taken = dict(waiting)
            waiting.clear()
            async with redis.pipeline(transaction=False) as pipeline:
                for task, stamps in taken.items():
                    pipeline.xadd(task, {"d": " ".join(stamps)})
                await pipeline.execute()

        async def ticking() -> None:
            while True:
                began = time.monotonic()
                async with flushing:
                    if waiting:
                        await flush()
                await asyncio.sleep(max(0.0, began + tick - time.monotonic()))

        async def drained() -> None:
            async with flushing:
                await flush()

        running = asyncio.create_task(ticking())
        yield emit, drained
        await _end([running])


@asynccontextmanager
async def _per_token(
    url: str, tasks: list[str], write: Callable[[Redis, str, str], Awaitable[object]]
) -> AsyncIterator[Writing]:
    waiting: list[asyncio.Queue[tuple[str, str]]] = [asyncio.Queue() for _ in range(CONNECTIONS)]

    def emit(stream: int, _seq: int, due: float) -> None:
        # A stream keeps to one connection, so that its tokens stay in order.
        waiting[stream % CONNECTIONS].put_nowait((tasks[stream], stamp(due)))

    async def writing(redis: Redis, queue: asyncio.Queue[tuple[str, str]]) -> None:
        while True:
            await write(redis, *(await queue.get()))
            queue.task_done()

    async def drained() -> None:
        for queue in waiting:
            await queue.join()

    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Redis.from_url(url, single_connection_client=True)) for _ in waiting]
        running = [asyncio.create_task(writing(*pair)) for pair in zip(clients, waiting, strict=True)]
        yield emit, drained
        await _end(running)


async def _end(running: list[asyncio.Task[None]]) -> None:
    for task in running:
        task.cancel()
    for task in running:
        with suppress(asyncio.CancelledError):
            await task


_WRITING = {
    "xadd_tick": _tick,
    "xadd_token": lambda url, tasks: _per_token(url, tasks, lambda redis, task, text: redis.xadd(task, {"d": text})),
    "publish": lambda url, tasks: _per_token(url, tasks, lambda redis, task, text: redis.publish(task, text)),
}


if __name__ == "__main__":
    uvloop.run(main())
