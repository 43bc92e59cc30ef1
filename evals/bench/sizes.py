"""What an installation weighs and how long its first import takes."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass

from app.settings import child_environment
from evals.bench.child import ROOT
from evals.bench.figure import Bar, Figure, Sheet
from evals.bench.installs import installed_mb, recorded_mb
from evals.bench.server import temporary_home

_BARS = {"api": Bar(190), "worker": Bar(380)}
_IMPORT = "import time; t = time.perf_counter(); import app.main; print(time.perf_counter() - t)"


@dataclass(frozen=True, slots=True)
class SizesLoad:
    """`install` makes an environment from each lock, which downloads and takes minutes."""

    imports: int = 5
    install: bool = False


async def run(load: SizesLoad) -> list[Figure]:
    """All figures of sizes but the memory of running services, which `start` measures."""
    sheet = Sheet()
    for _ in range(load.imports):
        sheet.add("import app.main", await _import_seconds(), "s", Bar(1.5))
    for extra, bar in _BARS.items():
        whole, source = recorded_mb(extra)
        sheet.add(f"packages of the {extra} install", whole, "MB", bar)
        sheet.add(f"packages of the {extra} install, no bytecode", source, "MB", bar)
    if load.install:
        for extra, bar in _BARS.items():
            lock = ROOT / "requirements" / f"{extra}.txt"
            with temporary_home() as folder:
                sheet.add(f"site-packages from {extra}.txt", installed_mb(lock, folder / "venv"), "MB", bar)
    return sheet.figures


async def _import_seconds() -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _IMPORT, cwd=ROOT, env=child_environment(), stdout=PIPE
    )
    said, _ = await process.communicate()
    return float(said)
