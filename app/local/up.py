"""`make up`: one running stack per home, from its lock to its last process."""

import asyncio
import os
import signal
from collections.abc import Sequence
from functools import partial

from app.api.auth import PublicKeyVerifier
from app.errors import ConfigurationError, PrashnaError
from app.local.cluster import Cluster
from app.local.home import Home
from app.local.lock import Lock
from app.local.port import check_free
from app.local.server import database
from app.local.stack import PROGRAM, Stack, address
from app.local.supervisor import Supervisor
from app.local.terminal import Terminal
from app.settings import Settings

_LOOK_SECONDS = 1.0
_AGAIN_SECONDS = 5.0


class AlreadyRunning(PrashnaError):
    """Prashna is already running on this PRASHNA_HOME."""

    code = "already_running"


def up(settings: Settings, terminal: Terminal, program: Sequence[str] = PROGRAM) -> None:
    """Start everything and serve until SIGINT, SIGTERM or SIGHUP; a second one does not wait for the grace.

    Raises:
        AlreadyRunning: another process holds this home; says which, and where it serves.
        ConfigurationError: something the user has to change.
        PrashnaError: a part did not start.
    """
    _check_signing(settings)
    home = Home(settings.home)
    home.prepare()
    with home.lock("up") as lock:
        _hold(lock, home, settings)
        with database(settings, partial(terminal.step, "database")) as dsn:
            try:
                asyncio.run(_run(Stack(settings, terminal, program=program), terminal, dsn, settings))
            except asyncio.CancelledError:
                terminal.step("prashna", "stopped")


def _check_signing(settings: Settings) -> None:
    # Said here once, rather than by every process in turn.
    if settings.database.url and not (settings.auth.secret or settings.auth.public_key):
        raise ConfigurationError(
            "with DATABASE_URL, set PRASHNA_JWT_SECRET or PRASHNA_JWT_PUBLIC_KEY too; the demo secret is for the "
            "embedded database only"
        )
    if settings.auth.public_key:
        PublicKeyVerifier(settings.auth.public_key, audience=settings.auth.audience, issuer=settings.auth.issuer)


def _hold(lock: Lock, home: Home, settings: Settings) -> None:
    if not lock.try_take():
        raise AlreadyRunning(
            f"Prashna is already running on PRASHNA_HOME {str(home.path)!r}: {lock.read() or 'it has just started'}. "
            "Stop it first (Ctrl-C there, or kill that pid), or start this one with another PRASHNA_HOME and "
            "PRASHNA_PORT"
        )
    check_free(settings.server.host, settings.server.port, "PRASHNA_PORT")
    lock.write(f"pid {os.getpid()}, {address(settings)}")


async def _run(stack: Stack, terminal: Terminal, dsn: str, settings: Settings) -> None:
    async with Supervisor(terminal) as supervisor:
        _stop_on_signals(terminal, supervisor)
        keeping = asyncio.create_task(_keep_database(settings, terminal))
        try:
            await stack.run(dsn, supervisor)
        finally:
            keeping.cancel()


async def _keep_database(settings: Settings, terminal: Terminal) -> None:
    """PostgreSQL is nobody's child: pg_ctl leaves it alone. Look every second, and start it again when it has died."""
    if settings.database.url:
        return
    home = Home(settings.home)
    cluster = Cluster(home, port=settings.database.port)
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if cluster.runs():
            continue
        terminal.step("database", "died; starting it again")
        try:
            await asyncio.to_thread(_start, home, cluster)
        except PrashnaError as error:
            terminal.step("database", f"not started: {error}")
            await asyncio.sleep(_AGAIN_SECONDS)


def _start(home: Home, cluster: Cluster) -> None:
    with home.lock("database-start") as starting:
        starting.take()
        cluster.start()


def _stop_on_signals(terminal: Terminal, supervisor: Supervisor) -> None:
    loop, main = asyncio.get_running_loop(), asyncio.current_task()
    stopping = False

    def stop(number: signal.Signals) -> None:
        nonlocal stopping
        if stopping or main is None:
            supervisor.kill()
            return
        stopping = True
        terminal.step("prashna", f"stopping ({number.name})")
        main.cancel()

    # nohup ignores SIGHUP for its command; that stays so.
    hangup = [] if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else [signal.SIGHUP]
    for number in (signal.SIGINT, signal.SIGTERM, *hangup):
        loop.add_signal_handler(number, stop, number)
