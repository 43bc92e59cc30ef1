"""procrastinate's connection to the database, made to outlive a restart of it.

Without this a lost connection ends the worker's fetching; and its heartbeat and its listener, which are watched only
until the first side task ends (at once, since there are no periodic tasks), would end without anybody noticing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, LiteralString, TypeVar

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException

from app.jobs.persistence import persistently
from app.telemetry import get_logger

T = TypeVar("T")
# Meanwhile the worker polls.
_LISTEN_AGAIN_SECONDS = 1.0


def _lost(error: BaseException) -> bool:
    return isinstance(error, ConnectorException) and isinstance(error.__cause__, psycopg.OperationalError)


def _taken_away(error: BaseException) -> bool:
    # The sweep has given the task to another job. procrastinate's functions raise this and nothing else of its class.
    return isinstance(error.__cause__, psycopg.errors.RaiseException)


class PatientConnector(PsycopgConnector):
    """Tries a query again while the database is away. Asking twice for one job is made good by the sweep."""

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        """Run a statement."""
        try:
            await _patiently(super().execute_query_async, query, arguments)
        except ConnectorException as error:
            if not _taken_away(error):
                raise
            get_logger(__name__).info("job.taken_away", job=arguments.get("job_id"))

    async def execute_query_one_async(self, query: LiteralString, **arguments: Any) -> dict[str, Any]:
        """Run a statement that gives one row."""
        return await _patiently(super().execute_query_one_async, query, arguments)

    async def execute_query_all_async(self, query: LiteralString, **arguments: Any) -> list[dict[str, Any]]:
        """Run a statement that gives rows."""
        return await _patiently(super().execute_query_all_async, query, arguments)

    async def listen_notify(self, on_notification: Any, channels: Iterable[str]) -> None:
        """Listen for ever."""
        listening = list(channels)
        while True:
            try:
                await super().listen_notify(on_notification, listening)
            except ConnectorException as error:
                get_logger(__name__).warning("queue.listener_lost", error=type(error.__cause__).__name__)
            await asyncio.sleep(_LISTEN_AGAIN_SECONDS)


async def _patiently(run: Callable[..., Awaitable[T]], query: LiteralString, arguments: dict[str, Any]) -> T:
    return await persistently(lambda: run(query, **arguments), _lost)
