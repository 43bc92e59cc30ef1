"""One writer for all streams of a worker: what comes within a tick goes to the database in one statement."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from app.db import engine, stream
from app.db.stream import Chunk
from app.telemetry import get_logger

# Coalescing across streams, not the store, makes the throughput: one statement a tick instead of one a token.
TICK_SECONDS = 0.04
_RECONNECT_SECONDS = (0.1, 0.3, 1.0, 2.0)
# One statement takes at most this many chunks, so that no single flush becomes slow.
_MOST = 5_000

Fenced = Callable[[UUID, int], None]


class StreamWriter:
    """Give it chunks with `add`; `run` writes them until it is cancelled, `drain` waits until all are written.

    Chunks of one task are written in the order they were added. While the database is away they wait in memory.
    """

    def __init__(self, dsn: str, *, fenced: Fenced, tick: float = TICK_SECONDS) -> None:
        """`fenced` is told of an attempt whose chunks the database refused."""
        self._dsn = dsn
        self._fenced = fenced
        self._tick = tick
        self._waiting: list[Chunk] = []
        self._some = asyncio.Event()
        self._urgent = asyncio.Event()
        self._written = asyncio.Event()
        self._written.set()
        self.statements = 0

    def add(self, chunk: Chunk, *, urgent: bool = False) -> None:
        """Queue one chunk; `urgent` (first words, endings) does not wait for the tick.

        Raises:
            UnicodeEncodeError: half a character. It must end its own task here, not hold up everybody's chunks later.
        """
        (chunk.data or "").encode()
        self._waiting.append(chunk)
        self._written.clear()
        self._some.set()
        if urgent:
            self._urgent.set()

    async def drain(self) -> None:
        """Wait until everything added so far is in the database."""
        if self._waiting:
            self._urgent.set()
        await self._written.wait()

    async def run(self) -> None:
        """Write for ever, reconnecting when the connection is lost."""
        failures = 0
        while True:
            try:
                connection = await engine.connect(self._dsn, application="stream-writer")
            except (engine.DatabaseError, TimeoutError, *engine.ConnectionLost) as error:
                await self._pause(failures, error)
                failures += 1
                continue
            try:
                failures = 0
                await self._write_all(connection)
            except (engine.DatabaseError, TimeoutError, *engine.ConnectionLost) as error:
                await self._pause(failures, error)
                failures += 1
            finally:
                connection.terminate()

    async def _write_all(self, connection: engine.Connection) -> None:
        while True:
            await self._some.wait()
            if not self._urgent.is_set():
                await self._wait_for_tick()
            await self._flush(connection)

    async def _wait_for_tick(self) -> None:
        try:
            async with asyncio.timeout(self._tick):
                await self._urgent.wait()
        except TimeoutError:
            pass

    async def _flush(self, connection: engine.Connection) -> None:
        # Taken out only after the statement: a chunk is repeated rather than lost.
        batch = self._waiting[:_MOST]
        self._urgent.clear()
        for task_id, attempt in await stream.append(connection, batch):
            self._fenced(task_id, attempt)
        self.statements += 1
        del self._waiting[: len(batch)]
        if not self._waiting:
            self._some.clear()
            self._written.set()

    async def _pause(self, failures: int, error: BaseException) -> None:
        get_logger(__name__).warning("stream.connection_lost", error=type(error).__name__, waiting=len(self._waiting))
        await asyncio.sleep(_RECONNECT_SECONDS[min(failures, len(_RECONNECT_SECONDS) - 1)])
