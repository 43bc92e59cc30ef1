"""The writing process of the stream benchmark: our StreamWriter, or one INSERT with NOTIFY a token."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import uvloop

from app import telemetry
from app.db import engine
from app.db.stream import Chunk
from app.jobs.stream_writer import StreamWriter
from app.resources import beside
from evals.bench.child import answer, messages
from evals.bench.tokens import Emit, TokenLoad, play, stamp

# The baseline writes over this many connections; more did not help it.
CONNECTIONS = 8
_INSERT = """
    WITH stored AS (INSERT INTO bench_tokens (task_id, seq, body) VALUES ($1, $2, $3))
    SELECT pg_notify('bench_tokens', concat_ws(' ', $1::text, $2::text, $3::text))
"""


async def main() -> None:
    """`{"dsn", "design", "tasks", "rate", "seconds"}`, then `{"start"}`; says when all is written or time is up."""
    # Standard output carries the answers.
    telemetry.configure("CRITICAL")
    told = messages()
    setup = await anext(told)
    tasks = [UUID(task) for task in setup["tasks"]]
    load = TokenLoad(len(tasks), setup["rate"], setup["seconds"])
    writing = _tick if setup["design"] == "tick" else _per_token
    async with writing(setup["dsn"], tasks) as (emit, drained):
        answer({"ready": True})
        go = await anext(told)
        cpu = time.process_time()
        await play(load, go["start"], emit)
        cpu = time.process_time() - cpu
        done, _ = await asyncio.wait([asyncio.create_task(drained())], timeout=setup["drain"])
        answer({"cpu": cpu, "drained": bool(done)})
        # The server's CPU is read meanwhile, and that of a connection that has gone could not be.
        await anext(told, None)


def _fenced(task_id: UUID, attempt: int) -> None:
    raise AssertionError(f"attempt {attempt} of {task_id} was fenced, and nobody else writes")


@asynccontextmanager
async def _tick(dsn: str, tasks: list[UUID]) -> AsyncIterator[tuple[Emit, Any]]:
    writer = StreamWriter(dsn, fenced=_fenced)

    def emit(stream: int, seq: int, due: float) -> None:
        # The first token does not wait for the tick, as in a real answer.
        writer.add(Chunk(tasks[stream], 1, seq, "token", f'{{"text":"{stamp(due)}"}}'), urgent=seq == 1)

    async with beside(writer.run()):
        yield emit, writer.drain


@asynccontextmanager
async def _per_token(dsn: str, tasks: list[UUID]) -> AsyncIterator[tuple[Emit, Any]]:
    waiting: list[asyncio.Queue[tuple[UUID, int, str]]] = [asyncio.Queue() for _ in range(CONNECTIONS)]

    def emit(stream: int, seq: int, due: float) -> None:
        # A stream keeps to one connection, so that its tokens stay in order.
        waiting[stream % CONNECTIONS].put_nowait((tasks[stream], seq, stamp(due)))

    async def drained() -> None:
        for queue in waiting:
            await queue.join()

    async with beside(*(_insert(dsn, queue) for queue in waiting)):
        yield emit, drained


async def _insert(dsn: str, waiting: "asyncio.Queue[tuple[UUID, int, str]]") -> None:
    connection = await engine.connect(dsn, application="bench-per-token")
    try:
        while True:
            await connection.execute(_INSERT, *(await waiting.get()))
            waiting.task_done()
    finally:
        connection.terminate()


if __name__ == "__main__":
    uvloop.run(main())
