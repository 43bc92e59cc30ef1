"""The content desk with ten thousand documents: plan, apply, undo; and an embedding migration of them."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.db import content
from app.db.engine import Connection
from app.settings import child_environment
from evals.bench import processes
from evals.bench.child import ROOT
from evals.bench.content import corpus
from evals.bench.content.migration import Migration
from evals.bench.figure import Bar, Figure, Sheet
from evals.bench.server import Server, temporary_home

# A domain that has golden questions, so that a plan has all of its work.
DOMAIN = "polity"


@dataclass(frozen=True, slots=True)
class ContentLoad:
    """`few` documents are there to compare the peaks of memory; every so many-th is changed once."""

    documents: int = 10_000
    few: int = 1_000
    every: int = 100


async def run(server: Server, load: ContentLoad) -> list[Figure]:
    """All figures of the content desk. One round: it takes minutes."""
    sheet = Sheet()
    with temporary_home() as folder:
        small, whole = folder / "few", folder / "whole"
        corpus.write(small, load.few)
        corpus.write(whole, load.documents)
        async with _domain(server) as (dsn, _):
            few = await told(dsn, "apply", small)
        async with _domain(server) as (dsn, desk):
            await _planned(sheet, dsn, whole)
            await _applied(sheet, server, dsn, whole, few)
            changed = corpus.change(whole, load.documents, every=load.every)
            await _changed(sheet, dsn, whole, changed)
            await _undone(sheet, dsn)
            await _migrated(sheet, desk, dsn, folder)
    return sheet.figures


@asynccontextmanager
async def _domain(server: Server) -> AsyncIterator[tuple[str, Connection]]:
    """A database whose domains are empty."""
    async with server.database() as database, content.open_desk(server.dsn(database)) as desk:
        yield server.dsn(database), desk


async def told(dsn: str, what: str, path: Path = Path()) -> dict[str, Any]:
    """What a command of the desk says it took."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "evals.bench.content.desk_child", dsn, what, DOMAIN, str(path),
        stdout=asyncio.subprocess.PIPE, cwd=ROOT, env=child_environment(),
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{what} ended with code {process.returncode}")
    figures: dict[str, Any] = json.loads(said.splitlines()[-1])
    return figures


async def _planned(sheet: Sheet, dsn: str, folder: Path) -> None:
    said = await told(dsn, "plan", folder)
    sheet.add("documents", said["changes"], "")
    sheet.add("chunks", said["chunks"], "")
    sheet.add("plan, all new", said["seconds"], "s", Bar(60))
    sheet.add("plan: peak memory", said["peak_mb"], "MB")


async def _applied(sheet: Sheet, server: Server, dsn: str, folder: Path, few: dict[str, Any]) -> None:
    watch = _CpuWatch(server)
    said = await told(dsn, "apply", folder)
    database = await watch.stop()
    ours = said["cpu"] + said["parsing_cpu"]
    sheet.add("apply", said["seconds"], "s")
    sheet.add("apply: documents", said["changes"] / said["seconds"], "documents/s")
    sheet.add("apply: chunks", said["chunks"] / said["seconds"], "chunks/s")
    sheet.add("apply: the database's share of the processor", database / (database + ours), "")
    sheet.add("apply: peak memory", said["peak_mb"], "MB")
    sheet.add("apply: peak memory, few documents", few["peak_mb"], "MB")
    sheet.add("apply: peak memory / that of few documents", said["peak_mb"] / few["peak_mb"], "x", Bar(1.25))


async def _changed(sheet: Sheet, dsn: str, folder: Path, changed: int) -> None:
    planned = await told(dsn, "plan", folder)
    assert planned["changes"] == changed, planned
    sheet.add("plan, one in a hundred changed", planned["seconds"], "s", Bar(60))
    applied = await told(dsn, "apply", folder)
    assert applied["changes"] == changed, applied
    sheet.add("apply, one in a hundred changed", applied["seconds"], "s")


async def _undone(sheet: Sheet, dsn: str) -> None:
    few = await told(dsn, "undo")
    sheet.add("undo of one in a hundred", few["seconds"], "s", Bar(10))
    whole = await told(dsn, "undo")
    sheet.add("undo of everything", whole["seconds"], "s", Bar(60))
    # An undo of the undo: all of it is live again, and migrated in what follows.
    again = await told(dsn, "redo")
    sheet.add("undo of that undo", again["seconds"], "s", Bar(60))


async def _migrated(sheet: Sheet, desk: Connection, dsn: str, folder: Path) -> None:
    migration = Migration(dsn, desk, DOMAIN, folder / "revisions")
    chunks, seconds = await migration.fill()
    sheet.add("migration to 1,536 dimensions", chunks / seconds, "chunks/s")
    sheet.add("migration: index", await migration.index(), "s")
    found = await migration.recall()
    sheet.add("migration: recall of 20", found.recall, "", Bar(0.95, at_least=True))
    sheet.add("migration: ef_search for it", found.ef_search, "")
    sheet.add("cutover", await migration.forward(), "s", Bar(60))
    sheet.add("rollback", await migration.back(), "s", Bar(60))


class _CpuWatch:
    """The processor time of all backends of a server from now on, those that come and go included."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._seen: dict[int, float] = {}
        self._first = self._now()
        self._task = asyncio.create_task(self._look())

    async def stop(self) -> float:
        """Seconds since the start."""
        self._seen |= self._now()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        return processes.cpu_since(self._first, self._seen)

    async def _look(self) -> None:
        while True:
            self._seen |= self._now()
            await asyncio.sleep(0.5)

    def _now(self) -> dict[int, float]:
        return processes.cpu_seconds(processes.children(self._server.pid))
