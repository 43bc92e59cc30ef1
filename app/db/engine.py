"""How the database is reached: bare asyncpg for the hot paths, SQLAlchemy for plain reads and writes.

One DSN form, a libpq URI, serves both and psycopg: `postgresql://user@host/db` or `postgresql://user@/db?host=/socket/dir`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import ExceptionContext, event
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

Connection = asyncpg.Connection
Pool = asyncpg.Pool
DatabaseError = asyncpg.PostgresError
# What a lost or refused connection raises; the caller turns it into "busy".
ConnectionLost = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    # What a statement gets that runs while its backend is ended, by an operator or with the server.
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    # asyncpg's own confusion when a backend ends while a statement is being prepared ("cannot switch to state 12").
    asyncpg.InternalClientError,
)
# What a server answers that cannot take more now: a statement that took too long, no memory, disk or connection left;
# and SQLAlchemy's pool when none of its connections came free.
Overloaded = (asyncpg.QueryCanceledError, asyncpg.InsufficientResourcesError, PoolTimeout)
# What the server ends of two who wait for each other; the same again goes through.
Deadlock = asyncpg.DeadlockDetectedError
# What a server answers that is not, or not yet, one of ours.
Refused = (asyncpg.InvalidCatalogNameError, asyncpg.InvalidAuthorizationSpecificationError)
SchemaMissing = (asyncpg.UndefinedFunctionError, asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError)
Session = AsyncSession
Sessions = async_sessionmaker[AsyncSession]

# An application statement that takes longer than this is a mistake; migrations and ingestion set their own.
STATEMENT_TIMEOUT_MS = 5_000
# When no connection has come free for so long, those who wait for one are told to come back (check D2).
POOL_SECONDS = 1.5


class _PlainConnection(asyncpg.Connection):  # type: ignore[misc]
    """A pooled connection that is not reset on release, unless a transaction was left open.

    asyncpg's reset is a round trip of its own; our hot-path statements leave no session state behind. But whoever is
    cancelled in the middle of BEGIN or COMMIT leaves a transaction, in which the next one's writes would be lost.
    """

    async def reset(self, *, timeout: float | None = None) -> None:
        """Roll back what was left open."""
        if self.is_in_transaction() or self._top_xact is not None:
            await super().reset(timeout=timeout)
            return
        self._listeners.clear()
        self._log_listeners.clear()


class _Pool(asyncpg.Pool):  # type: ignore[misc]
    """A pool whose callers wait for a free connection for as long as others get one.

    When for `patience` seconds nobody has got one, those who wait get TimeoutError; None is for work that must be done.
    """

    __slots__ = ("given", "patience")

    async def _acquire(self, timeout: float | None) -> Any:
        # What `acquire`, `fetch` and the others call.
        if timeout is not None or self.patience is None:
            return await super()._acquire(timeout)
        waiting = asyncio.ensure_future(super()._acquire(None))
        try:
            while not waiting.done():
                given = self.given
                await asyncio.wait([waiting], timeout=self.patience)
                if self.given == given and not waiting.done():
                    raise TimeoutError("no connection has come free")
            self.given += 1
            return waiting.result()
        except BaseException:
            if not waiting.cancel() and not waiting.cancelled() and waiting.exception() is None:
                await self.release(waiting.result())
            raise


def _server_settings(application: str, settings: Mapping[str, str] | None) -> dict[str, str]:
    defaults = {
        "application_name": f"prashna-{application}",
        "timezone": "UTC",
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": "10000",
    }
    return defaults | dict(settings or {})


async def connect(
    dsn: str, *, application: str = "command", settings: Mapping[str, str] | None = None
) -> asyncpg.Connection:
    """One connection of its own, with the application's timeouts unless `settings` say otherwise."""
    return await asyncpg.connect(dsn, timeout=10, server_settings=_server_settings(application, settings))


def read_only(dsn: str) -> str:
    """The same database for looking only: every transaction is read-only, whoever the role is."""
    # asyncpg hands what it does not know to the server as a setting.
    return f"{dsn}{'&' if '?' in dsn else '?'}default_transaction_read_only=on"


@asynccontextmanager
async def open_pool(
    dsn: str,
    *,
    application: str,
    size: int,
    settings: Mapping[str, str] | None = None,
    patience: float | None = None,
) -> AsyncIterator[asyncpg.Pool]:
    """A pool of at most `size` connections, opened as they are needed, closed at exit.

    Whoever waits for one gets TimeoutError when none has come free for `patience` seconds; None is for work that has to
    be done.
    """
    # What asyncpg.create_pool makes, with its defaults.
    pool = _Pool(
        dsn,
        loop=None,
        record_class=asyncpg.Record,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        min_size=1,
        max_size=size,
        timeout=10,
        # The server's own limit ends a slow statement; this one is for a server that no longer answers.
        command_timeout=STATEMENT_TIMEOUT_MS / 1000 + 2,
        connection_class=_PlainConnection,
        server_settings=_server_settings(application, settings),
    )
    pool.patience, pool.given = patience, 0
    async with pool:
        yield pool


def create(dsn: str, *, pooled: bool = True, application: str = "sqlalchemy", size: int = 4) -> AsyncEngine:
    """A SQLAlchemy engine over asyncpg for the same DSN form as everything else."""

    async def creator() -> asyncpg.Connection:
        # Migrations build indexes: they bring their own lock timeouts.
        timeouts = None if pooled else {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
        return await connect(dsn, application=application, settings=timeouts)

    # A connection that died while nobody used it, as all do in a restart, costs one round trip and no request.
    sizes = {"pool_size": size, "max_overflow": 0, "pool_timeout": POOL_SECONDS, "pool_pre_ping": True}
    options: dict[str, Any] = sizes if pooled else {"poolclass": NullPool}
    engine = create_async_engine("postgresql+asyncpg://", async_creator=creator, **options)
    event.listen(engine.sync_engine, "handle_error", _as_the_driver_said)
    return engine


def _as_the_driver_said(context: ExceptionContext) -> BaseException | None:
    # So that a lost connection looks the same to callers whichever way they reached the database. What the pool finds
    # before that is its own affair.
    return None if context.is_pre_ping else context.original_exception.__cause__


@asynccontextmanager
async def open_sessions(dsn: str, *, application: str, size: int) -> AsyncIterator[Sessions]:
    """A session maker over an engine of `size` connections; use `sessions.begin()` for one transaction."""
    engine = create(dsn, application=application, size=size)
    try:
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()
