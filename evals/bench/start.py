"""From nothing, and from a stopped stack, to an answered question; and how much memory the idle services hold."""

import asyncio
from dataclasses import dataclass

from evals.bench import processes
from evals.bench.figure import Bar, Figure, Sheet
from evals.bench.server import temporary_home
from evals.bench.stack_run import StackRun, running_stack

_IDLE_SECONDS = 2.0
_SERVICES = {
    "idle API": (("serve",), Bar(250)),
    "idle chat worker": (("worker", "--queue", "chat"), Bar(350)),
    "idle bulk worker": (("worker", "--queue", "bulk"), Bar(350)),
}


@dataclass(frozen=True, slots=True)
class StartLoad:
    """One cold start, since it loads all of the starter content, and `warm` further ones on the same home."""

    warm: int = 3


async def run(load: StartLoad) -> list[Figure]:
    """All figures of starting. Packages are installed already: `make up` in a new clone takes that much longer."""
    sheet = Sheet()
    with temporary_home() as folder:
        async with running_stack(folder / "home") as cold:
            await _memory(sheet, cold)
            await cold.end()
        sheet.add("cold: start to answered question", cold.seconds_to_ready, "s", Bar(300))
        sheet.add("cold: SIGTERM to end", cold.seconds_to_end, "s")
        chunks, seconds = cold.ingested
        sheet.add("starter content", chunks, "chunks")
        if seconds:
            sheet.add("starter content, embedding", chunks / seconds, "chunks/s")
        for _ in range(load.warm):
            async with running_stack(folder / "home") as warm:
                await _memory(sheet, warm)
                await warm.end()
            sheet.add("warm: start to answered question", warm.seconds_to_ready, "s", Bar(15))
            sheet.add("warm: SIGTERM to end", warm.seconds_to_end, "s")
    return sheet.figures


async def _memory(sheet: Sheet, stack: StackRun) -> None:
    await asyncio.sleep(_IDLE_SECONDS)
    for name, (arguments, bar) in _SERVICES.items():
        if pid := stack.service(*arguments):
            sheet.add(f"{name}, embedded model loaded", processes.resident_mb(pid), "MB", bar)
