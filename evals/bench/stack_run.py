"""One `make up` as its user starts it, without the installation of packages: what it says, and when."""

import asyncio
import re
import signal
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from app.settings import child_environment
from evals.bench import processes
from evals.bench.child import ROOT
from evals.bench.server import free_port

READY = "prashna: ready"
# Whatever the caller has set for a stack of their own is not this one's.
_UNSET = ("DATABASE_URL", "READ_DATABASE_URL", "OPENAI_API_KEY", "COHERE_API_KEY", "PRASHNA_JWT_SECRET",
          "PRASHNA_JWT_PUBLIC_KEY", "PRASHNA_LLM", "PRASHNA_RERANKER", "PRASHNA_DATABASE_PORT")  # fmt: skip
_LONGEST_SECONDS = 240.0
_CHUNKS = re.compile(r"\| (\d+) chunks, \d+ tokens in [\d.]+ s \(([\d.]+) chunks/s\)")


class StackRun:
    """A stack that has said READY, with a sample question answered before it."""

    def __init__(self, process: Process, lines: list[str], seconds: float) -> None:
        self._process = process
        self.lines = lines
        self.seconds_to_ready = seconds
        self.seconds_to_end = 0.0

    @property
    def ingested(self) -> tuple[int, float]:
        """Chunks that the starter content made, and seconds of embedding them."""
        found = [(int(count), float(rate)) for count, rate in _CHUNKS.findall("\n".join(self.lines))]
        return sum(count for count, _ in found), sum(count / rate for count, rate in found if rate)

    def service(self, *arguments: str) -> int:
        """The pid of the service whose command line ends so; 0 where it is not there."""
        for pid in processes.children(self._process.pid):
            if processes.command_line(pid)[-len(arguments) :] == list(arguments):
                return pid
        return 0

    async def end(self) -> None:
        """SIGTERM, and the time until every line is out and the process gone."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        assert self._process.stdout
        async with asyncio.timeout(60):
            await self._process.stdout.read()
            await self._process.wait()
        self.seconds_to_end = time.monotonic() - began


@asynccontextmanager
async def running_stack(home: Path, arguments: Sequence[str] = ("-m", "app.local")) -> AsyncIterator[StackRun]:
    """Start on this home and a free port, and wait for READY; ended at exit if it has not been.

    Raises:
        RuntimeError: it ended before it was ready; carries its last lines.
    """
    settings = dict.fromkeys(_UNSET, "") | {"PRASHNA_HOME": str(home), "PRASHNA_PORT": str(free_port())}
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, env=child_environment(**settings), stdout=PIPE, stderr=STDOUT
    )
    lines: list[str] = []
    run = None
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            await _read_to_ready(process, lines)
        run = StackRun(process, lines, time.monotonic() - began)
        yield run
    finally:
        if process.returncode is None:
            await (run or StackRun(process, lines, 0.0)).end()


async def _read_to_ready(process: Process, lines: list[str]) -> None:
    assert process.stdout
    async for raw in process.stdout:
        lines.append(raw.decode(errors="replace").rstrip())
        if READY in lines[-1]:
            return
    raise RuntimeError("make up ended before it was ready:\n" + "\n".join(lines[-15:]))
