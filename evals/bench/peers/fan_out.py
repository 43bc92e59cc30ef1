"""Tokens from a writing to a reading process: ours against Redis streams, a tick or a token, and Redis pub/sub."""

import asyncio
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.db.engine import Connection
from evals.bench import processes
from evals.bench.child import child
from evals.bench.figure import Figure, Sheet
from evals.bench.peers import redis_server
from evals.bench.peers.interpreter import PYTHON, available
from evals.bench.peers.redis_server import Redis
from evals.bench.server import Server
from evals.bench.stream import running_tasks
from evals.bench.tokens import TokenLoad

OURS, STREAMS = "ours", "Redis, XADD a stream and tick"
REDIS = {STREAMS: "xadd_tick", "Redis, XADD a token": "xadd_token", "Redis, PUBLISH a token": "publish"}
_HEAD_START = 0.5
# What a design has not written this long after the run is left out.
_DRAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class FanOutLoad:
    """Each of `loads` with each design, `rounds` times over."""

    rounds: int = 3
    loads: tuple[TokenLoad, ...] = (TokenLoad(100, 30, 2), TokenLoad(1_000, 30, 2))


@dataclass(frozen=True, slots=True)
class _Design:
    """The processes of a design: `setup` is what both are told, `pids` those of the server."""

    python: str
    modules: tuple[str, str]
    setup: dict[str, Any]
    pids: Callable[[], list[int]]


@dataclass(frozen=True, slots=True)
class _Run:
    """What the reader says, latencies in seconds; CPU in cores."""

    reader: dict[str, Any]
    server_cpu: float
    writer_cpu: float


async def run(server: Server, load: FanOutLoad) -> list[Figure]:
    """All figures; none where Redis or its client is missing. Redis keeps nothing on disk here, ours is UNLOGGED."""
    if not (available("redis") and redis_server.available("redis")):
        return []
    sheet = Sheet()
    async with (
        server.database() as database,
        server.connection(database) as connection,
        redis_server.running_redis(durable=False) as redis,
    ):
        designs = {OURS: _ours(server, database)} | {name: _theirs(redis, of) for name, of in REDIS.items()}
        for _ in range(load.rounds):
            for tokens in load.loads:
                # Neither side always comes first.
                order = random.sample(sorted(designs), len(designs))
                runs = {name: await _measure(connection, designs[name], tokens) for name in order}
                for name in designs:
                    _note(sheet, f"{tokens.streams} streams, {name}", tokens, runs[name])
                _compare(sheet, tokens, runs)
    return sheet.figures


def _ours(server: Server, database: str) -> _Design:
    modules = ("evals.bench.token_reader", "evals.bench.token_writer")
    setup = {"dsn": server.dsn(database), "design": "tick"}
    return _Design(sys.executable, modules, setup, lambda: processes.children(server.pid))


def _theirs(redis: Redis, design: str) -> _Design:
    modules = ("evals.bench.peers.redis_reader", "evals.bench.peers.redis_writer")
    return _Design(str(PYTHON), modules, {"redis": redis.url, "design": design}, lambda: [redis.pid])


async def _measure(connection: Connection, design: _Design, load: TokenLoad) -> _Run:
    # New names every time: what an earlier run has left in Redis is nobody's.
    tasks = await running_tasks(connection, load.streams)
    await connection.execute("ANALYZE chat.tasks, chat.stream_subscribers")
    setup = design.setup | {"tasks": [str(task) for task in tasks], "rate": load.rate, "seconds": load.seconds,
                            "drain": _DRAIN_SECONDS}  # fmt: skip
    reading, writing = design.modules
    async with child(reading, design.python) as reader, child(writing, design.python) as writer:
        await asyncio.gather(reader.ask(setup), writer.ask(setup))
        start = time.monotonic() + _HEAD_START
        await asyncio.gather(*(one.tell({"start": start}) for one in (reader, writer)))
        await asyncio.sleep(start - time.monotonic())
        before = processes.cpu_seconds(design.pids())
        await asyncio.sleep(start + load.seconds - time.monotonic())
        used = processes.cpu_since(before, processes.cpu_seconds(design.pids()))
        written = await writer.hear()
        read = await reader.ask({"drained": written["drained"]})
    return _Run(read, used / load.seconds, written["cpu"] / load.seconds)


def _note(sheet: Sheet, name: str, load: TokenLoad, run: _Run) -> None:
    assert run.reader["in_order"], "a stream's tokens came out of order or twice"
    sheet.add(f"{name}: delivered in the run", 100 * run.reader["in_run"] / load.tokens, "%")
    for quantile in ("p50", "p95"):
        sheet.add(f"{name}: latency {quantile}", run.reader[quantile] * 1_000, "ms")
    sheet.add(f"{name}: server CPU", run.server_cpu, "cores")
    sheet.add(f"{name}: writer CPU", run.writer_cpu, "cores")
    sheet.add(f"{name}: reader CPU", run.reader["cpu"] / load.seconds, "cores")


def _compare(sheet: Sheet, load: TokenLoad, runs: Mapping[str, _Run]) -> None:
    """Against the design that does the same: replay of each stream from where a reader stopped."""
    ours, theirs = runs[OURS], runs[STREAMS]
    name = f"{load.streams} streams, {OURS} / {STREAMS}"
    sheet.add(f"{name}: latency p95", ours.reader["p95"] / max(1e-6, theirs.reader["p95"]), "x")
    sheet.add(f"{name}: server CPU", ours.server_cpu / max(1e-6, theirs.server_cpu), "x")
