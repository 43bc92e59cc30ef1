"""Waiting for the API to say that it, its database and a chat worker are there."""

import asyncio
import time
from collections.abc import Callable

from app.errors import PrashnaError

_ANSWER_SECONDS = 5.0
_POLL_SECONDS = 0.1
_REMIND_SECONDS = 10.0


class NotReady(PrashnaError):
    """The service did not become ready; the lines above say why."""

    code = "not_ready"


async def wait_until_ready(host: str, port: int, *, seconds: float, remind: Callable[[], None]) -> None:
    """Ask `/readyz` until it answers 200; `remind` is called every ten seconds meanwhile.

    Raises:
        NotReady: it did not within `seconds`.
    """
    started = reminded = time.monotonic()
    while not await _ready(host, port):
        now = time.monotonic()
        if now - started > seconds:
            raise NotReady(f"the service is not ready after {seconds:.0f} s; the lines above say why")
        if now - reminded > _REMIND_SECONDS:
            reminded = now
            remind()
        await asyncio.sleep(_POLL_SECONDS)


async def _ready(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            return await _status(host, port) == 200
    except (OSError, TimeoutError):
        return False


async def _status(host: str, port: int) -> int:
    """One bare request; an HTTP client would be the only reason for this process to import one."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET /readyz HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode())
        words = (await reader.readline()).split()
    finally:
        writer.close()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
