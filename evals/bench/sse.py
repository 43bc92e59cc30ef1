"""Many open event streams in one API process: ours, whole and over its database, against sse-starlette."""

import importlib.util
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.api import tokens
from app.db import engine, stream
from app.db.engine import Connection
from app.db.stream import Chunk
from evals.bench import processes
from evals.bench.child import Child, child
from evals.bench.figure import Bar, Figure, Sheet
from evals.bench.server import Server
from evals.bench.sse_server import AUDIENCE, ISSUER, SECRET
from evals.bench.stream import running_tasks
from evals.bench.token_reader import OWNER

_NAMES = {"ours": "ours", "sse_starlette": "sse-starlette"}
_TEXT = "A sentence of an answer, as long as they are [1]. "
# A task's first event comes before the measured ones, as a real answer's route and sources do.
_WARM_UP = 1


@dataclass(frozen=True, slots=True)
class SseLoad:
    """`events` are sent to each of `connections`, one after another; the file limit is 20,000 for each process."""

    rounds: int = 3
    connections: int = 5_000
    events: int = 6


@dataclass(frozen=True, slots=True)
class _Run:
    """Bytes and CPU seconds are the serving process's."""

    errors: int
    connection_kb: float
    event_cpu: float
    connect_cpu: float
    broadcasts: list[float]


async def run(server: Server, load: SseLoad) -> list[Figure]:
    """All figures of the connections."""
    sheet = Sheet()
    designs = [name for name in _NAMES if name == "ours" or importlib.util.find_spec("sse_starlette")]
    if len(designs) == 1:
        print("sse-starlette is not installed (extra `bench`): ours is measured alone", flush=True)
    async with server.database() as database, server.connection(database) as connection:
        for _ in range(load.rounds):
            runs = {design: await _measure(server.dsn(database), connection, design, load) for design in designs}
            for design, one in runs.items():
                _note(sheet, f"{load.connections} connections, {_NAMES[design]}", one, ours=design == "ours")
            if len(runs) == 2:
                ratio = runs["ours"].event_cpu / runs["sse_starlette"].event_cpu
                sheet.add("ours / sse-starlette: CPU a delivered event", ratio, "x", Bar(0.75))
    return sheet.figures


async def _measure(dsn: str, connection: Connection, design: str, load: SseLoad) -> _Run:
    ids = await running_tasks(connection, load.connections)
    async with child("evals.bench.sse_server") as serving, child("evals.bench.sse_client") as reading:
        about = await serving.ask({"design": design, "dsn": dsn})
        pid = about["pid"]
        memory, cpu = processes.resident_mb(pid), _cpu(pid)
        opened = await reading.ask(
            {"port": about["port"], "paths": [f"/stream/{one}" for one in ids], "token": _token()}
        )
        connect_cpu = _cpu(pid) - cpu
        broadcasts = []
        for seq in range(1, load.events + _WARM_UP + 1):
            if seq == _WARM_UP + 1:
                cpu = _cpu(pid)
            heard = await _broadcast(dsn, serving, reading, design, ids, seq)
            broadcasts.append(heard["seconds"])
        lost = load.connections * (load.events + _WARM_UP) - heard["events"]
        return _Run(
            errors=opened["errors"] + lost,
            connection_kb=(processes.resident_mb(pid) - memory) * 1_000 / load.connections,
            event_cpu=(_cpu(pid) - cpu) / (load.connections * load.events),
            connect_cpu=connect_cpu / load.connections,
            broadcasts=broadcasts[_WARM_UP:],
        )


async def _broadcast(
    dsn: str, serving: Child, reading: Child, design: str, ids: list[UUID], seq: int
) -> dict[str, Any]:
    """One event to every connection: through the database for ours, handed over for the other."""
    await reading.tell({"events": seq * len(ids)})
    if design == "ours":
        worker = await engine.connect(dsn, application="bench-worker", settings=stream.WRITER_SETTINGS)
        data = f'{{"text":"{_TEXT}"}}'
        await stream.append(worker, [Chunk(task_id, 1, seq, "token", data) for task_id in ids])
        await worker.close()
    else:
        await serving.tell({"seq": seq, "text": _TEXT})
    return await reading.hear()


def _note(sheet: Sheet, name: str, run: _Run, *, ours: bool) -> None:
    sheet.add(f"{name}: errors", run.errors, "", Bar(0) if ours else None)
    sheet.add(f"{name}: memory a connection", run.connection_kb, "kB", Bar(40) if ours else None)
    sheet.add(f"{name}: CPU a delivered event", run.event_cpu * 1e6, "us")
    sheet.add(f"{name}: CPU to accept a connection", run.connect_cpu * 1e6, "us")
    sheet.latencies(f"{name}: one event to all", run.broadcasts, 50)


def _cpu(pid: int) -> float:
    return processes.cpu_seconds([pid])[pid]


def _token() -> str:
    return tokens.issue(SECRET, student=OWNER, audience=AUDIENCE, issuer=ISSUER)
