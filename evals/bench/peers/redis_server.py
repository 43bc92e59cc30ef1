"""Debian's redis-server on a port and in a folder of its own, ended by its process at exit."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from evals.bench.server import free_port, temporary_home

_BINARY = "redis-server"
_START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Redis:
    """A running server."""

    url: str
    pid: int


def available(what: str) -> bool:
    """Is the server installed? Says so where it is not."""
    there = shutil.which(_BINARY) is not None
    if not there:
        print(f"{what}: skipped, {_BINARY} is not installed (Debian and Ubuntu: apt-get install {_BINARY})", flush=True)
    return there


@asynccontextmanager
async def running_redis(*, durable: bool) -> AsyncIterator[Redis]:
    """Flushed at every write, the equal of a committed row; or never written to disk, which is its best case."""
    port = free_port()
    with temporary_home() as folder:
        saving = ("--appendonly", "yes", "--appendfsync", "always") if durable else ("--appendonly", "no")
        process = await asyncio.create_subprocess_exec(
            _BINARY, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", "", *saving,
            "--logfile", str(folder / "log"),
        )  # fmt: skip
        try:
            await _answering(port)
            yield Redis(f"redis://127.0.0.1:{port}/0", process.pid)
        finally:
            process.terminate()
            await process.wait()


async def _answering(port: int) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return
