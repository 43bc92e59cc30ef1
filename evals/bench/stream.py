"""Token delivery from a worker process to an API process: our one-writer tick against INSERT + NOTIFY per token."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from app.db.engine import Connection
from evals.bench import processes
from evals.bench.child import child
from evals.bench.figure import Bar, Figure, Sheet
from evals.bench.server import MAINTENANCE, Server
from evals.bench.statements import Statements
from evals.bench.token_reader import OWNER
from evals.bench.tokens import TokenLoad

DESIGNS = ("tick", "per_token")
_NAMES = {"tick": "ours (tick)", "per_token": "per token"}
_HEAD_START = 0.5
# What a design has not written this long after the run is left out.
_DRAIN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class StreamLoad:
    """Each load is run with each design in turn, `rounds` times over."""

    rounds: int = 3
    loads: tuple[TokenLoad, ...] = (TokenLoad(200, 30, 5), TokenLoad(1_000, 30, 3))


@dataclass(frozen=True, slots=True)
class _Run:
    """What one design did with one load. Latencies in seconds, CPU in cores."""

    reader: dict[str, Any]
    statements: int
    database_cpu: float
    writer_cpu: float


async def run(server: Server, load: StreamLoad) -> list[Figure]:
    """All figures of the stream."""
    sheet = Sheet()
    async with (
        server.database() as database,
        server.connection(database) as connection,
        server.connection(MAINTENANCE) as elsewhere,
    ):
        await connection.execute(
            "CREATE UNLOGGED TABLE bench_tokens (task_id uuid, seq integer, body text, PRIMARY KEY (task_id, seq))"
        )
        statements = await Statements.of(elsewhere, database)
        for _ in range(load.rounds):
            for tokens in load.loads:
                runs = {d: await _measure(server, database, connection, statements, d, tokens) for d in DESIGNS}
                for design, one in runs.items():
                    _note(sheet, design, tokens, one)
                _compare(sheet, tokens, runs["tick"], runs["per_token"])
    return sheet.figures


async def _measure(
    server: Server, database: str, connection: Connection, statements: Statements, design: str, load: TokenLoad
) -> _Run:
    setup = {
        "dsn": server.dsn(database),
        "design": design,
        "tasks": [str(task_id) for task_id in await _running_tasks(connection, load.streams)],
        "rate": load.rate,
        "seconds": load.seconds,
        "drain": _DRAIN_SECONDS,
    }
    async with child("evals.bench.token_reader") as reader, child("evals.bench.token_writer") as writer:
        await asyncio.gather(reader.ask(setup), writer.ask(setup))
        start = time.monotonic() + _HEAD_START
        await asyncio.gather(reader.tell({"start": start}), writer.tell({"start": start}))
        await asyncio.sleep(start - time.monotonic())
        await statements.reset()
        before = processes.cpu_seconds(processes.children(server.pid))
        await asyncio.sleep(start + load.seconds - time.monotonic())
        used = processes.cpu_since(before, processes.cpu_seconds(processes.children(server.pid)))
        calls = await statements.calls()
        written = await writer.hear()
        return _Run(
            await reader.ask({"drained": written["drained"]}), calls, used / load.seconds, written["cpu"] / load.seconds
        )


async def _running_tasks(connection: Connection, count: int) -> list[UUID]:
    """Tasks that a worker runs as attempt 1; those of earlier runs are over."""
    session_id, task_ids = uuid4(), [uuid4() for _ in range(count)]
    await connection.execute("TRUNCATE chat.stream_chunks, chat.stream_subscribers, bench_tokens")
    await connection.execute("INSERT INTO chat.sessions (id, user_id, title) VALUES ($1, $2, '')", session_id, OWNER)
    await connection.execute(
        """INSERT INTO chat.tasks (id, user_id, session_id, question, normalised, fact_keys, language, prompt_set,
                                   status, attempt, runs, lease_until)
           SELECT id, $2, $3, 'q', 'q', '{}', 'en', 'bench', 'running', 1, 1, now() + interval '1 hour'
           FROM unnest($1::uuid[]) AS id""",
        task_ids,
        OWNER,
        session_id,
    )
    await connection.execute("ANALYZE chat.tasks")
    return task_ids


def _note(sheet: Sheet, design: str, load: TokenLoad, run: _Run) -> None:
    name = f"{load.streams} streams, {_NAMES[design]}"
    # The bars of section 10 are for ours at 1,000 streams; fewer streams have to hold them all the more.
    ours = design == "tick"
    assert run.reader["in_order"], "a stream's tokens came out of order or twice"
    sheet.add(f"{name}: delivered in the run", 100 * run.reader["in_run"] / load.tokens, "%",
              Bar(97, at_least=True) if ours else None)  # fmt: skip
    sheet.add(f"{name}: delivered after the drain", 100 * run.reader["delivered"] / load.tokens, "%",
              Bar(100, at_least=True) if ours else None)  # fmt: skip
    bars = {"p95": Bar(110), "p99": Bar(200)} if ours else {}
    for quantile in ("p50", "p95", "p99"):
        sheet.add(f"{name}: latency {quantile}", run.reader[quantile] * 1_000, "ms", bars.get(quantile))
    sheet.add(f"{name}: statements/s", run.statements / load.seconds, "")
    sheet.add(f"{name}: database CPU", run.database_cpu, "cores")
    sheet.add(f"{name}: writer CPU", run.writer_cpu, "cores")
    sheet.add(f"{name}: reader CPU", run.reader["cpu"] / load.seconds, "cores")


def _compare(sheet: Sheet, load: TokenLoad, ours: _Run, baseline: _Run) -> None:
    name = f"{load.streams} streams, ours / per token"
    sheet.add(f"{name}: tokens in the run", ours.reader["in_run"] / max(1, baseline.reader["in_run"]), "x")
    sheet.add(f"{name}: latency p95", ours.reader["p95"] / max(1e-6, baseline.reader["p95"]), "x")
    per_token = (run.database_cpu / max(1, run.reader["in_run"]) for run in (ours, baseline))
    mine, theirs = per_token
    if theirs:
        sheet.add(f"{name}: database CPU a token", mine / theirs, "x", Bar(0.125))
