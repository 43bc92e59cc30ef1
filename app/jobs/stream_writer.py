"""One writer for all streams of a worker: what comes within a tick goes to the database in one statement."""

import asyncio
import time
from collections.abc import Callable
from uuid import UUID

from app.db import engine, stream
from app.db.stream import Chunk
from app.jobs.tick import Tick
from app.telemetry import get_logger

_RECONNECT_SECONDS = (0.1, 0.3, 1.0, 2.0)
# One statement takes at most this many chunks, so that none takes much longer than the longest tick.
_MOST = 15_000

Fenced = Callable[[UUID, int], None]


class StreamWriter:
    """Give it chunks with `add`; `run` writes them until it is cancelled, `drain` waits until all are written.

    Coalescing across streams, not the store, makes the throughput: one statement a tick instead of one a token. Chunks
    of one task are written in the order they were added. While the database is away they wait in memory.
    """

    def __init__(self, dsn: str, *, fenced: Fenced, tick: Tick | None = None) -> None:
        """`fenced` is told of an attempt whose chunks the database refused."""
        self._dsn = dsn
        self._fenced = fenced
        self._tick = tick or Tick()
        self._waiting: list[Chunk] = []
        # What a statement carries whose answer has not come: a chunk is repeated rather than lost.
        self._batch: list[Chunk] = []
        self._last_flush = time.monotonic()
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
                connection = await engine.connect(
                    self._dsn, application="stream-writer", settings=stream.WRITER_SETTINGS
                )
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
        if self._batch:
            await self._flush(connection, again=True)
        while True:
            await self._some.wait()
            # What one statement cannot take is behind already.
            if len(self._waiting) < _MOST and not self._urgent.is_set():
                await self._wait_for_tick()
            self._urgent.clear()
            self._batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            if not self._waiting:
                self._some.clear()
            await self._flush(connection)

    async def _wait_for_tick(self) -> None:
        # From the last statement's start: after a pause the first chunk goes at once.
        left = self._last_flush + self._tick.seconds - time.monotonic()
        if left <= 0:
            return
        try:
            async with asyncio.timeout(left):
                await self._urgent.wait()
        except TimeoutError:
            pass

    async def _flush(self, connection: engine.Connection, *, again: bool = False) -> None:
        self._last_flush = began = time.monotonic()
        for task_id, attempt in await stream.append(connection, self._batch, again=again):
            self._fenced(task_id, attempt)
        self._tick.flushed((chunk.task_id for chunk in self._batch), began=began, ended=time.monotonic())
        self.statements += 1
        self._batch = []
        if not self._waiting:
            self._written.set()

    async def _pause(self, failures: int, error: BaseException) -> None:
        waiting = len(self._batch) + len(self._waiting)
        get_logger(__name__).warning("stream.connection_lost", error=type(error).__name__, waiting=waiting)
        await asyncio.sleep(_RECONNECT_SECONDS[min(failures, len(_RECONNECT_SECONDS) - 1)])
