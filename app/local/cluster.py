"""The embedded PostgreSQL of one home: made, started, found again and stopped."""

import contextlib
import shutil
import time
from pathlib import Path
from urllib.parse import quote

from app.local.binaries import Binaries, ServerError
from app.local.home import Home
from app.local.port import check_free
from app.local.postmaster import Postmaster
from app.local.socket_folder import make_private, socket_folder
from app.local.tuning import server_settings

DATABASE = "prashna"
_DEFAULT_PORT = 5432
_START_SECONDS = 120.0


class Cluster:
    """One data directory and the server on it. Callers make sure that only one of them starts or stops it at a time."""

    def __init__(self, home: Home, *, port: int | None = None, durable: bool = True) -> None:
        """`port` asks for a listener on 127.0.0.1 too; without it there is only the socket."""
        self._home = home
        self._port = port
        self._durable = durable
        self._binaries = Binaries.find(home.data)

    def start(self) -> None:
        """Bring the server up, making it at first; nothing happens where it runs already.

        Raises:
            ConfigurationError: something the user has to change: a closed folder, a busy port.
            ServerError: PostgreSQL refused to start; carries its last words.
        """
        if self._found_running():
            return
        socket = socket_folder(self._home)
        self._binaries.check_reach(self._home.path, socket.parent)
        if not self._home.data.exists():
            self._initialise()
        if self._port:
            check_free("127.0.0.1", self._port, "PRASHNA_DATABASE_PORT")
        make_private(socket, self._binaries, owner=self._home.data.stat().st_uid)
        self._clear_remains(socket)
        self._write_settings(socket)
        self._launch()
        self._create_database(socket)

    def runs(self) -> bool:
        """Is there a server process on this data directory?"""
        return Postmaster.of(self._home.data) is not None

    def stop(self) -> None:
        """End the server; its clients are disconnected. Nothing happens where none runs."""
        postmaster = Postmaster.of(self._home.data)
        if not postmaster:
            return
        try:
            self._pg_ctl("stop", "-m", "fast", "-t", "60")
        except ServerError:
            if Postmaster.of(self._home.data):
                self._pg_ctl("stop", "-m", "immediate", "-t", "20")
        socket = Path(postmaster.socket)
        if socket != self._home.socket:
            with contextlib.suppress(OSError):
                socket.rmdir()

    def dsn(self, database: str = DATABASE) -> str:
        """The address of a running server's database through its socket, for asyncpg and libpq alike."""
        postmaster = self._running()
        return (
            f"postgresql://postgres@/{quote(database)}?host={quote(postmaster.socket, safe='')}&port={postmaster.port}"
        )

    def tcp_dsn(self, database: str = DATABASE) -> str:
        """The same over 127.0.0.1, with its password.

        Raises:
            ServerError: the server was started without PRASHNA_DATABASE_PORT.
        """
        postmaster = self._running()
        if not postmaster.listens:
            raise ServerError("the embedded server has no TCP listener; start it with PRASHNA_DATABASE_PORT")
        password = quote(self._home.database_password(), safe="")
        return f"postgresql://postgres:{password}@127.0.0.1:{postmaster.port}/{quote(database)}"

    def _running(self) -> Postmaster:
        postmaster = Postmaster.of(self._home.data)
        if not postmaster:
            raise ServerError("the embedded server is not running")
        return postmaster

    def _found_running(self) -> bool:
        # One that is coming up or going down was left so by a killed process; it gets there without us.
        deadline = time.monotonic() + _START_SECONDS
        while postmaster := Postmaster.of(self._home.data):
            if postmaster.ready:
                return True
            if time.monotonic() > deadline:
                raise ServerError(f"the server with pid {postmaster.pid} neither becomes ready nor ends")
            time.sleep(0.1)
        return False

    def _initialise(self) -> None:
        # Made aside and renamed, so that a kill in the middle leaves no half of a cluster behind.
        draft = self._home.data.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        self._binaries.give(draft)
        arguments = ["--username=postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions"]
        # The built-in locale sorts alike on every machine; C.UTF-8 beside it splits words at dashes and quotes.
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
        sync = [] if self._durable else ["--no-sync"]
        self._binaries.run("initdb", "-D", draft, *arguments, *locale, *sync)
        with (draft / "postgresql.conf").open("a") as file:
            # Relative, so that a home may be moved.
            file.write(f"\ninclude '../{self._home.server_settings.name}'\n")
        draft.rename(self._home.data)

    def _clear_remains(self, socket: Path) -> None:
        # PostgreSQL forgives a pid file of a dead process, not one whose number another process of its user now has.
        (self._home.data / "postmaster.pid").unlink(missing_ok=True)
        for path in socket.glob(".s.PGSQL.*"):
            path.unlink()

    def _write_settings(self, socket: Path) -> None:
        port = self._port or _DEFAULT_PORT
        text = server_settings(socket=socket, port=port, listen=self._port is not None, durable=self._durable)
        self._home.server_settings.write_text(text)
        # The server reads it under its own account, whatever our umask.
        self._home.server_settings.chmod(0o644)

    def _launch(self) -> None:
        log = self._home.data / "server.log"
        deadline = time.monotonic() + _START_SECONDS
        while True:
            if log.exists():
                log.replace(log.with_suffix(".log.1"))
            try:
                self._pg_ctl("start", "-l", log.name, "-t", str(int(_START_SECONDS)))
            except ServerError as error:
                said = log.read_text(errors="replace") if log.exists() else str(error)
                # Backends of a killed server take a moment to notice and let go of its memory.
                if "shared memory block" not in said or time.monotonic() > deadline:
                    raise ServerError("PostgreSQL did not start: " + "\n".join(said.splitlines()[-8:])) from error
                time.sleep(0.2)
            else:
                return

    def _create_database(self, socket: Path) -> None:
        sql = f"SELECT 'CREATE DATABASE {DATABASE}' WHERE NOT EXISTS (TABLE found)\\gexec\n"
        sql = f"WITH found AS (SELECT FROM pg_database WHERE datname = '{DATABASE}') {sql}"
        if self._port:
            # Through standard input and unrecorded: an argument or a statistics row would show the password.
            sql += "SET pg_stat_statements.track_utility = off;\n"
            sql += f"ALTER ROLE postgres PASSWORD '{self._home.database_password()}';\n"
        address = ["-h", str(socket), "-p", str(self._port or _DEFAULT_PORT), "-U", "postgres", "-d", "postgres"]
        self._binaries.run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *address, stdin=sql)

    def _pg_ctl(self, verb: str, *arguments: str) -> None:
        # Relative paths: pg_ctl hands them to a shell between double quotes, which protect few characters.
        self._binaries.run("pg_ctl", verb, "-D", ".", "-w", "-s", *arguments, cwd=self._home.data)
