"""The stack of one load run: the simulated provider, and `make up` with models before it."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from app.errors import PrashnaError
from app.local.child import Child, Command, ending
from app.local.stack import PROGRAM
from app.settings import child_environment

FIRST_TOKEN_MS = 400
TOKENS_PER_SECOND = 60
# On two cores: one process takes questions and serves streams, and two answer, since answering is most of the work and
# one interpreter fills one core at most. docs/scaling.md has the seconds each spends on a question.
# A worker that is full of processor work answers some ten a second, each in two to three seconds: more at a time than
# 32 would only wait inside it, unseen by admission, and with its leases late.
PROCESSES = {"PRASHNA_API_PROCESSES": 1, "PRASHNA_WORKER_PROCESSES": 2, "PRASHNA_WORKER_CONCURRENCY": 32}
_READY = "prashna: ready"
_LISTENING = re.compile(r"http://\S+/v1")
_START_SECONDS = 300.0
_GRACE_SECONDS = 40.0


class NotStarted(PrashnaError):
    """A process of the load run did not start."""

    code = "not_started"


@dataclass(frozen=True, slots=True)
class Served:
    """A stack that answers."""

    home: Path
    address: str


@asynccontextmanager
async def running(home: Path, port: int, log: Path) -> AsyncIterator[Served]:
    """Provider and stack on this home and port until the block ends; what they say goes to `log`.

    Raises:
        NotStarted: one of them ended, or took five minutes; carries its last line.
    """
    with log.open("w") as file:
        provider = [*PROGRAM, "simulate-provider", "--port", "0", "--first-token-ms", str(FIRST_TOKEN_MS),
                    "--tokens-per-second", str(TOKENS_PER_SECOND)]  # fmt: skip
        async with _started("provider", provider, {}, file, _LISTENING.search) as url:
            up, settings = [PROGRAM[0], "-m", "app.local"], _settings(home, port, provider=url)
            async with _started("stack", up, settings, file, lambda said: _READY in said):
                yield Served(home, f"http://127.0.0.1:{port}")


def _settings(home: Path, port: int, provider: str) -> dict[str, str]:
    return {
        "PRASHNA_HOME": str(home),
        "PRASHNA_PORT": str(port),
        "PRASHNA_LOG_LEVEL": "WARNING",
        **{name: os.environ.get(name) or str(count) for name, count in PROCESSES.items()},
        # A thread for each of them would be more than there are cores.
        "PRASHNA_EMBEDDER_THREADS": "1",
        # A student asks every 6 s here, and a run may last ten minutes: the day's limit is not what is measured.
        "PRASHNA_DAILY_LIMIT": "100000",
        "PRASHNA_LLM": "openai",
        "OPENAI_API_KEY": "simulated",
        "OPENAI_BASE_URL": provider,
    }


@asynccontextmanager
async def _started(
    name: str, arguments: list[str], settings: dict[str, str], log: TextIO, ready: Callable[[str], object]
) -> AsyncIterator[str]:
    """The line that said it was ready."""
    said: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    last = ""

    def hear(line: str) -> None:
        nonlocal last
        last = line or last
        print(name, "|", line, file=log, flush=True)
        if not said.done() and ready(line):
            said.set_result(line)

    child = await Child.start(Command(name, arguments, child_environment(PYTHONUNBUFFERED="1", **settings)), hear)
    ended = asyncio.create_task(child.wait())
    try:
        await asyncio.wait([said, ended], timeout=_START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not said.done():
            why = ending(ended.result()) if ended.done() else f"not ready after {_START_SECONDS:.0f} s"
            raise NotStarted(f"the {name} did not start ({why}): {last}; more in {log.name}")
        yield said.result()
    finally:
        ended.cancel()
        await child.end(_GRACE_SECONDS)
