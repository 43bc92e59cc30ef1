"""One durable flush for all who wait: what comes while the last statement runs goes together in the next one."""

import asyncio
from collections import deque
from collections.abc import Sequence

from app.db import enqueue
from app.db.engine import ConnectionLost, Overloaded, Pool
from app.db.enqueue import Asked, Enqueued
from app.telemetry import get_logger

# Questions in one statement: it locks that many students, and a statement that is too slow is ended.
MOST = 200
# What says nothing about the rows: the database is gone, or cannot take more.
_NOBODYS_FAULT = (*ConnectionLost, *Overloaded, TimeoutError)
# A restart with recovery takes 5-20 s.
_RETURN_AFTER_SECONDS = (1, 2, 4, 8, 15, 30)


class Enqueuer:
    """One for the process. A caller that goes away leaves its question in: it is enqueued like the others."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: deque[tuple[Asked, asyncio.Future[Enqueued]]] = deque()
        self._runner: asyncio.Task[None] | None = None
        self._returning: set[asyncio.Task[None]] = set()
        self.statements = 0

    async def enqueue(self, asked: Asked) -> Enqueued:
        """What became of this question, once that is committed.

        When it fails, the quota unit that the gate took goes back first, or as soon as the database can be reached.

        Raises:
            Exception: as the statement that it was in.
        """
        result: asyncio.Future[Enqueued] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, result))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._flush_all())
        return await result

    async def _flush_all(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            try:
                await self._flush(batch)
            except BaseException as error:
                for _, result in (*batch, *self._waiting):
                    _tell(result, error)
                self._waiting.clear()
                raise

    async def _flush(self, batch: Sequence[tuple[Asked, asyncio.Future[Enqueued]]]) -> None:
        asked = [one for one, _ in batch]
        try:
            enqueued = await enqueue.enqueue(self._pool, asked)
        except Exception as error:  # noqa: BLE001  (whatever it is, everybody is told and the next batch goes)
            await self._failed(batch, error)
            return
        finally:
            self.statements += 1
        for (_, result), one in zip(batch, enqueued, strict=True):
            _tell(result, one)

    async def _failed(self, batch: Sequence[tuple[Asked, asyncio.Future[Enqueued]]], error: Exception) -> None:
        """A row that the database refuses fails alone; what fails for all gives all their units back."""
        if len(batch) > 1 and not isinstance(error, _NOBODYS_FAULT):
            get_logger(__name__).warning("enqueue.split", rows=len(batch), error=type(error).__name__)
            for one in batch:
                await self._flush([one])
            return
        # Whether it was committed is not always known.
        asked = [one for one, _ in batch]
        if not await self._returned(asked):
            returning = asyncio.create_task(self._return_later(asked))
            self._returning.add(returning)
            returning.add_done_callback(self._returning.discard)
        for _, result in batch:
            _tell(result, error)

    async def _returned(self, asked: Sequence[Asked]) -> bool:
        try:
            await enqueue.return_units_of_lost(self._pool, asked)
        except Exception as error:  # noqa: BLE001  (who waits is told all the same)
            get_logger(__name__).warning("units.not_returned_yet", error=type(error).__name__)
            return False
        return True

    async def _return_later(self, asked: Sequence[Asked]) -> None:
        """The students are told to come back; their units follow when the database does."""
        for pause in _RETURN_AFTER_SECONDS:
            await asyncio.sleep(pause)
            if await self._returned(asked):
                return
        get_logger(__name__).error("units.not_returned", questions=len(asked))


def _tell(result: asyncio.Future[Enqueued], outcome: Enqueued | BaseException) -> None:
    if result.done():
        return
    if isinstance(outcome, BaseException):
        result.set_exception(outcome)
    else:
        result.set_result(outcome)
