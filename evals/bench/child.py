"""A process of the benchmark beside it: told what to do in lines of JSON, answers in lines of JSON."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.settings import child_environment

ROOT = Path(__file__).resolve().parent.parent.parent
_SECONDS = 60.0
_LONGEST_LINE = 16 * 1024 * 1024


class Child:
    """Talk to it with `ask`; it ends when its standard input does."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send one message and wait for its answer."""
        await self.tell(message)
        return await self.hear()

    async def tell(self, message: dict[str, Any]) -> None:
        """Send one message."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        await self._process.stdin.drain()

    async def hear(self) -> dict[str, Any]:
        """The next answer.

        Raises:
            RuntimeError: the process has ended; its own words are on standard error.
        """
        assert self._process.stdout
        async with asyncio.timeout(_SECONDS):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a process of the benchmark ended with code {await self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@asynccontextmanager
async def child(module: str, python: str = sys.executable) -> AsyncIterator[Child]:
    """`python -m module` for as long as the block runs."""
    process = await asyncio.create_subprocess_exec(
        python, "-m", module, stdin=PIPE, stdout=PIPE, cwd=ROOT, env=child_environment(), limit=_LONGEST_LINE
    )
    try:
        yield Child(process)
    finally:
        assert process.stdin
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), timeout=10)
        except TimeoutError:
            process.kill()
            await process.wait()


async def messages() -> AsyncIterator[dict[str, Any]]:
    """In the child: what it is told, until the parent has gone."""
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        yield json.loads(line)


def answer(message: dict[str, Any]) -> None:
    """In the child: say something to the parent."""
    print(json.dumps(message), flush=True)
