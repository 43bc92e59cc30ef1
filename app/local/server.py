"""Which database this process uses: the user's own, or the embedded one, shared with everybody on the same home."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.errors import ConfigurationError
from app.local.cluster import Cluster
from app.local.home import Home
from app.settings import Settings


def _silent(_: str) -> None:
    """Says nothing."""


@contextmanager
def database(settings: Settings, report: Callable[[str], None] = _silent) -> Iterator[str]:
    """`attached`, and SIGTERM unwinds the block; for a command, around whatever it runs. Raises what that raises."""
    with _termination_as_exit(), attached(settings, report) as dsn:
        yield dsn


def check_made(settings: Settings) -> None:
    """Make nothing, for commands that have no use for an empty database.

    Raises:
        ConfigurationError: there is no embedded database yet; says how to get one.
    """
    home = Home(settings.home)
    if not settings.database.url and not home.has_database:
        raise ConfigurationError(
            f"there is no database in PRASHNA_HOME {str(home.path)!r} yet: `make up` makes it and fills it, "
            "`prashna db upgrade` makes an empty one"
        )


@contextmanager
def attached(settings: Settings, report: Callable[[str], None] = _silent) -> Iterator[str]:
    """The dsn of the database for as long as the block runs; signals are the caller's.

    DATABASE_URL is used as it is. Otherwise the server under PRASHNA_HOME is used, and started where it does not run;
    the last process that leaves stops it. `report` is told, in a word or two, what is happening.

    Raises:
        ConfigurationError: something the user has to change; says what.
        ServerError: PostgreSQL did not start.
    """
    if settings.database.url:
        yield settings.database.url
        return
    home = Home(settings.home)
    home.prepare()
    cluster = Cluster(home, port=settings.database.port)
    with home.lock("database") as users:
        users.share()
        try:
            with home.lock("database-start") as starting:
                starting.take()
                report("starting" if home.data.exists() else "creating")
                cluster.start()
            report("ready")
            yield cluster.dsn()
        finally:
            if users.try_take():
                report("stopping")
                cluster.stop()


@contextmanager
def _termination_as_exit() -> Iterator[None]:
    """Let SIGTERM unwind this block, unless the block's own code handles it.

    Python's default ends the process on the spot, which would leave the server running; and uvicorn raises the
    signals it has handled once more on its way out.
    """
    before = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or before in (signal.SIG_IGN, None):
        yield
        return
    signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _exit(number: int, *_: object) -> None:
    raise SystemExit(128 + number)
