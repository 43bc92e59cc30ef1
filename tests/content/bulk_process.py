"""`prashna worker --queue bulk` as a process of its own, before a simulated provider, to be killed."""

import asyncio
import secrets
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from support.stack import until

from app.settings import child_environment

_SECONDS = 90.0


@dataclass(frozen=True)
class BulkProcess:
    """A running bulk worker and what it says."""

    process: Process
    log: Path

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        assert self.process.returncode is None, self.log.read_text(errors="replace")
        self.process.kill()
        assert await self.process.wait() == -signal.SIGKILL


def environment(dsn: str, provider: str) -> dict[str, str]:
    """What a command of ours needs to embed by the simulated provider at this address."""
    return child_environment(
        DATABASE_URL=dsn,
        OPENAI_API_KEY="unused",
        OPENAI_BASE_URL=provider,
        COHERE_API_KEY="",
        PRASHNA_EMBEDDER_THREADS="1",
        PRASHNA_LLM="",
    )


@asynccontextmanager
async def bulk_process(folder: Path, dsn: str, provider: str) -> AsyncIterator[BulkProcess]:
    """One that takes jobs, ended with the block unless it was killed."""
    log = folder / f"bulk-{secrets.token_hex(4)}.log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.cli", "worker", "--queue", "bulk",
            env=environment(dsn, provider), stdout=file, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
    running = BulkProcess(process, log)
    try:
        await until(lambda: b"worker.started" in log.read_bytes(), _SECONDS, "the bulk worker starts")
        yield running
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
