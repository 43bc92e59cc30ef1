"""What the machine and the database do during a load run, once a second."""

import asyncio
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.db import engine
from app.local.cluster import Cluster
from app.local.home import Home
from evals.bench import processes
from tests.load.stack import NotStarted

EVERY_SECONDS = 1.0
EARLIER_SECONDS = 300
MACHINE = "whole machine"
_TICKS = os.sysconf("SC_CLK_TCK")
_QUEUE = (
    "SELECT count(*) FILTER (WHERE status = 'queued') AS queued, count(*) FILTER (WHERE status = 'running') AS running"
    " FROM chat.tasks WHERE status IN ('queued', 'running')"
)
_STATEMENTS = (
    "SELECT sum(calls) AS calls, sum(total_exec_time) / 1000 AS seconds FROM pg_stat_statements WHERE toplevel"
    " AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_DEAREST = (
    "SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 110) AS query, calls, mean_exec_time AS mean_ms,"
    " total_exec_time / 1000 AS seconds FROM pg_stat_statements"
    " WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " ORDER BY total_exec_time DESC LIMIT 15"
)
# The argument that tells our processes apart.
_ROLES = {"api": "serve", "chat workers": "chat", "provider": "simulate-provider", "locust": "--locustfile"}


@dataclass
class Sample:
    """About a second, `seconds` exactly, which ended at Unix time `at`.

    Cores used and memory (MB) by role, tasks queued and running, statements and seconds of the database in a second.
    """

    at: float
    seconds: float
    cores: dict[str, float]
    memory: dict[str, float]
    queued: int
    running: int
    statements: float
    database_seconds: float


@dataclass
class _Counters:
    """What only grows."""

    at: float
    cpu: dict[str, float] = field(default_factory=dict)
    statements: float = 0.0
    seconds: float = 0.0


class Watch:
    """Samples while its block runs; `samples` and `statements` are complete afterwards.

    It begins when the queue is empty; NotStarted when it does not become so.
    """

    def __init__(self, home: Path) -> None:
        self._home = Home(home)
        self.samples: list[Sample] = []
        # Those that took the database most time.
        self.statements: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        self._connection = await engine.connect(Cluster(self._home).dsn(), application="load")
        await self._idle()
        await self._connection.execute("SELECT pg_stat_statements_reset()")
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watching.cancel()
        await asyncio.wait([self._watching])
        if not self._watching.cancelled():
            self._watching.result()
        self.statements = [dict(row) for row in await self._connection.fetch(_DEAREST)]
        await self._connection.close()

    async def _idle(self) -> None:
        """Wait until nothing is left of what an earlier run on this home has asked."""
        deadline = time.monotonic() + EARLIER_SECONDS
        while any((await self._connection.fetchrow(_QUEUE)).values()):
            if time.monotonic() > deadline:
                raise NotStarted("this home still has unanswered questions of an earlier run")
            await asyncio.sleep(EVERY_SECONDS)

    async def _watch(self) -> None:
        before = await self._counters(self._roles())
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            roles = self._roles()
            after = await self._counters(roles)
            queue = await self._connection.fetchrow(_QUEUE)
            passed = after.at - before.at
            cores = {role: max(0.0, used - before.cpu.get(role, 0.0)) / passed for role, used in after.cpu.items()}
            self.samples.append(
                Sample(
                    at=time.time(),
                    seconds=passed,
                    cores=cores,
                    memory={role: sum(map(_memory_mb, pids)) for role, pids in roles.items()},
                    queued=queue["queued"],
                    running=queue["running"],
                    statements=(after.statements - before.statements) / passed,
                    database_seconds=(after.seconds - before.seconds) / passed,
                )
            )
            before = after

    async def _counters(self, roles: Mapping[str, list[int]]) -> _Counters:
        row = await self._connection.fetchrow(_STATEMENTS)
        cpu = {role: sum(map(_cpu_seconds, pids)) for role, pids in roles.items()}
        cpu[MACHINE] = _machine_seconds()
        return _Counters(time.monotonic(), cpu, float(row["calls"] or 0), float(row["seconds"] or 0))

    def _roles(self) -> dict[str, list[int]]:
        """Every process of each role, found by one look at all processes."""
        below = _children()
        postmaster = int((self._home.data / "postmaster.pid").read_text().split("\n", 1)[0])
        roles: dict[str, list[int]] = {role: [] for role in _ROLES}
        roles["postgres"] = list(_tree(postmaster, below))
        for pid in _tree(os.getpid(), below):
            said = processes.command_line(pid)
            for role, word in _ROLES.items():
                if word in said:
                    roles[role] += _tree(pid, below)
        return roles


def costs(samples: Sequence[Sample], asks: int) -> dict[str, Any]:
    """What one question costs: processor milliseconds by role, statements; `idle_cores` is what nobody used."""
    if not samples or not asks:
        return {}
    used = {role: sum(sample.cores.get(role, 0.0) * sample.seconds for sample in samples) for role in samples[0].cores}
    idle = (os.cpu_count() or 1) - used.pop(MACHINE) / sum(sample.seconds for sample in samples)
    return {
        "processor_ms": {role: round(1000 * seconds / asks, 1) for role, seconds in used.items()},
        "statements": round(sum(sample.statements * sample.seconds for sample in samples) / asks, 1),
        "idle_cores": round(max(0.0, idle), 2),
    }


def _children() -> dict[int, list[int]]:
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            below.setdefault(int(fields[1]), []).append(int(entry.name))
    return below


def _tree(root: int, below: Mapping[int, list[int]]) -> Iterator[int]:
    yield root
    for child in below.get(root, ()):
        yield from _tree(child, below)


def _stat(pid: int) -> list[str]:
    """The fields after the command's name, which may hold anything: state, parent and so on; none when it has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_seconds(pid: int) -> float:
    """User and system seconds of all threads, those that have ended too."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def _memory_mb(pid: int) -> float:
    """Memory of its own: without the database's shared buffers and the files that processes share."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1_000


def _machine_seconds() -> float:
    """Seconds that all cores were busy, with whatever."""
    user, nice, system, _, _, interrupts, soft, *_ = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + interrupts + soft) / _TICKS
