"""procrastinate's connection to the database, made to outlive a restart of it.

Without this a lost connection ends the worker's fetching; and its heartbeat and its listener, which are watched only
until the first side task ends (at once, since there are no periodic tasks), would end without anybody noticing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, LiteralString, TypeVar

import psycopg
import psycopg_pool
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.sql import queries
from psycopg.abc import Query

from app.jobs.persistence import persistently
from app.telemetry import get_logger

T = TypeVar("T")
# Meanwhile the worker polls.
_LISTEN_AGAIN_SECONDS = 1.0
# After so much silence a listener asks whether anybody is there; a socket may stay open with nobody behind it.
PROBE_SECONDS = 10.0
ANSWER_SECONDS = 5.0


def _lost(error: BaseException) -> bool:
    return isinstance(error, ConnectorException) and isinstance(error.__cause__, psycopg.OperationalError)


def _taken_away(error: BaseException) -> bool:
    # The sweep has given the task to another job. procrastinate's functions raise this and nothing else of its class.
    return isinstance(error.__cause__, psycopg.errors.RaiseException)


class PatientConnector(PsycopgConnector):
    """Tries a query again while the database is away. Asking twice for one job is made good by the sweep.

    procrastinate runs single statements, so each commits by itself, and no connection is asked whether it lives before
    it is used: one round trip a statement instead of four. A connection that has died is found out by its statement,
    which never ran; then all idle ones are looked at, and it is tried again on one that lives.
    """

    def __init__(self, **pool: Any) -> None:
        """`pool` are the arguments of psycopg's pool."""
        super().__init__(pool_factory=_unchecked, configure=_commit_by_statement, **pool)

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        """Run a statement."""
        try:
            await self._patiently(super().execute_query_async, query, arguments)
        except ConnectorException as error:
            if not _taken_away(error):
                raise
            get_logger(__name__).info("job.taken_away", job=arguments.get("job_id"))

    async def execute_query_one_async(self, query: LiteralString, **arguments: Any) -> dict[str, Any]:
        """Run a statement that gives one row."""
        return await self._patiently(super().execute_query_one_async, query, arguments)

    async def execute_query_all_async(self, query: LiteralString, **arguments: Any) -> list[dict[str, Any]]:
        """Run a statement that gives rows."""
        return await self._patiently(super().execute_query_all_async, query, arguments)

    async def _patiently(self, run: Callable[..., Awaitable[T]], query: LiteralString, arguments: dict[str, Any]) -> T:
        async def once() -> T:
            try:
                return await run(query, **arguments)
            except ConnectorException as error:
                if not _lost(error):
                    raise
                await self.pool.check()
                return await run(query, **arguments)

        return await persistently(once, _lost)

    async def listen_notify(self, on_notification: Any, channels: Iterable[str]) -> None:
        """Listen for ever; the library's own waits for ever for a server that says nothing any more."""
        listen = queries["listen_queue"]
        wanted = [self._make_dynamic_query(listen, channel_name=channel) for channel in channels]
        while True:
            try:
                async with self._get_standalone_connection() as connection:
                    for query in wanted:
                        await _answered(connection, query)
                    await _hear(connection, on_notification)
            except (psycopg.OperationalError, TimeoutError) as error:
                get_logger(__name__).warning("queue.listener_lost", error=type(error).__name__)
            await asyncio.sleep(_LISTEN_AGAIN_SECONDS)


def _unchecked(**arguments: Any) -> psycopg_pool.AsyncConnectionPool:
    return psycopg_pool.AsyncConnectionPool(**(arguments | {"check": None}))


async def _commit_by_statement(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.set_autocommit(True)


async def _hear(connection: psycopg.AsyncConnection[Any], on_notification: Any) -> None:
    while True:
        async for notification in connection.notifies(timeout=PROBE_SECONDS):
            await on_notification(channel=notification.channel, payload=notification.payload)
        await _answered(connection, "SELECT 1")


async def _answered(connection: psycopg.AsyncConnection[Any], query: Query) -> None:
    async with asyncio.timeout(ANSWER_SECONDS):
        await connection.execute(query)
