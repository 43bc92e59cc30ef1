"""Token delivery from worker processes to API processes: our one-writer tick against INSERT + NOTIFY per token."""

import asyncio
import time
from contextlib import AsyncExitStack
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

_NAMES = {"tick": "ours (tick)", "per_token": "per token"}
_HEAD_START = 0.5
# So few streams get the shortest tick: latency for statements.
_FEW = 100
# What a design has not written this long after the run is left out.
_DRAIN_SECONDS = 2.0
# A load is kept up with when this share comes within the run and p95 stays under ten ticks of 40 ms.
_KEPT_SHARE = 0.97
_KEPT_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class StreamLoad:
    """Each of `loads` is run with each design in turn; the last of them is more than the baseline can carry.

    Then ours alone climbs `crowds`, by `pairs` of processes, until one is not kept up with. All of it `rounds` times.
    """

    rounds: int = 3
    loads: tuple[TokenLoad, ...] = (TokenLoad(100, 30, 3), TokenLoad(1_000, 30, 3))
    crowds: tuple[TokenLoad, ...] = (TokenLoad(3_000, 30, 3), TokenLoad(5_000, 30, 3), TokenLoad(10_000, 30, 3))
    pairs: int = 2


@dataclass(frozen=True, slots=True)
class _Run:
    """What one design did with one load. Latencies in seconds (of the slowest reader), CPU in cores."""

    reader: dict[str, Any]
    tokens_a_second: float
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
                runs = {d: await _measure(server, database, connection, statements, d, tokens) for d in _NAMES}
                for design, one in runs.items():
                    _note(sheet, design, tokens, one)
                _compare(sheet, tokens, runs["tick"], runs["per_token"])
            most = runs["tick"].tokens_a_second
            for crowd in load.crowds:
                climbed = await _measure(server, database, connection, statements, "tick", crowd, load.pairs)
                _note_crowd(sheet, crowd, climbed)
                if not _kept_up(crowd, climbed):
                    break
                most = climbed.tokens_a_second
            _note_most(sheet, most, runs["per_token"].tokens_a_second)
    return sheet.figures


async def _measure(
    server: Server, database: str, connection: Connection, statements: Statements, design: str, load: TokenLoad,
    pairs: int = 1,
) -> _Run:  # fmt: skip
    await connection.execute("TRUNCATE bench_tokens")
    tasks = await running_tasks(connection, load.streams)
    about = {"dsn": server.dsn(database), "design": design, "rate": load.rate, "seconds": load.seconds,
             "drain": _DRAIN_SECONDS}  # fmt: skip
    setups = [about | {"tasks": [str(task_id) for task_id in tasks[pair::pairs]]} for pair in range(pairs)]
    async with AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(child("evals.bench.token_reader")) for _ in setups]
        writers = [await stack.enter_async_context(child("evals.bench.token_writer")) for _ in setups]
        await asyncio.gather(*(one.ask(setup) for one, setup in zip([*readers, *writers], setups * 2, strict=True)))
        await connection.execute("ANALYZE chat.tasks, chat.stream_subscribers")
        start = time.monotonic() + _HEAD_START
        await asyncio.gather(*(one.tell({"start": start}) for one in (*readers, *writers)))
        await asyncio.sleep(start - time.monotonic())
        await statements.reset()
        before = processes.cpu_seconds(processes.children(server.pid))
        await asyncio.sleep(start + load.seconds - time.monotonic())
        used = processes.cpu_since(before, processes.cpu_seconds(processes.children(server.pid)))
        calls = await statements.calls()
        written = [await writer.hear() for writer in writers]
        read = await asyncio.gather(
            *(reader.ask({"drained": one["drained"]}) for reader, one in zip(readers, written, strict=True))
        )
    reader = {name: sum(one[name] for one in read) for name in ("in_run", "delivered", "cpu")}
    reader |= {name: max(one[name] for one in read) for name in ("p50", "p95", "p99")}
    reader["in_order"] = all(one["in_order"] for one in read)
    writer_cpu = sum(one["cpu"] for one in written) / load.seconds
    return _Run(reader, reader["in_run"] / load.seconds, calls, used / load.seconds, writer_cpu)


async def running_tasks(connection: Connection, count: int) -> list[UUID]:
    """Tasks that a worker runs as attempt 1; those of earlier runs are over."""
    session_id, task_ids = uuid4(), [uuid4() for _ in range(count)]
    await connection.execute("TRUNCATE chat.stream_chunks, chat.stream_subscribers")
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
    bars = {"p50": Bar(12)} if load.streams <= _FEW else {"p95": Bar(110), "p99": Bar(200)}
    for quantile in ("p50", "p95", "p99"):
        bar = bars.get(quantile) if ours else None
        sheet.add(f"{name}: latency {quantile}", run.reader[quantile] * 1_000, "ms", bar)
    sheet.add(f"{name}: statements/s", run.statements / load.seconds, "")
    sheet.add(f"{name}: database CPU", run.database_cpu, "cores")
    sheet.add(f"{name}: writer CPU", run.writer_cpu, "cores")
    sheet.add(f"{name}: reader CPU", run.reader["cpu"] / load.seconds, "cores")


def _kept_up(load: TokenLoad, run: _Run) -> bool:
    return run.reader["in_run"] >= _KEPT_SHARE * load.tokens and run.reader["p95"] <= _KEPT_SECONDS


def _note_crowd(sheet: Sheet, load: TokenLoad, run: _Run) -> None:
    name = f"{load.streams} streams, ours (tick)"
    assert run.reader["in_order"], "a stream's tokens came out of order or twice"
    sheet.add(f"{name}: delivered in the run", 100 * run.reader["in_run"] / load.tokens, "%")
    sheet.add(f"{name}: delivered after the drain", 100 * run.reader["delivered"] / load.tokens, "%")
    for quantile in ("p50", "p95"):
        sheet.add(f"{name}: latency {quantile}", run.reader[quantile] * 1_000, "ms")
    sheet.add(f"{name}: statements/s", run.statements / load.seconds, "")
    sheet.add(f"{name}: database CPU", run.database_cpu, "cores")
    sheet.add(f"{name}: writer CPU", run.writer_cpu, "cores")
    sheet.add(f"{name}: reader CPU", run.reader["cpu"] / load.seconds, "cores")


def _note_most(sheet: Sheet, ours: float, baseline: float) -> None:
    """What ours keeps up with against what the baseline writes when it is offered more than it can."""
    sheet.add("most tokens/s, ours (tick)", ours, "")
    sheet.add("most tokens/s, per token", baseline, "")
    sheet.add("most tokens/s, ours / per token", ours / max(1, baseline), "x", Bar(5, at_least=True))


def _compare(sheet: Sheet, load: TokenLoad, ours: _Run, baseline: _Run) -> None:
    name = f"{load.streams} streams, ours / per token"
    sheet.add(f"{name}: tokens in the run", ours.reader["in_run"] / max(1, baseline.reader["in_run"]), "x")
    sheet.add(f"{name}: latency p95", ours.reader["p95"] / max(1e-6, baseline.reader["p95"]), "x")
    per_token = (run.database_cpu / max(1, run.reader["in_run"]) for run in (ours, baseline))
    mine, theirs = per_token
    if theirs:
        bar = None if load.streams <= _FEW else Bar(0.125)
        sheet.add(f"{name}: database CPU a token", mine / theirs, "x", bar)
