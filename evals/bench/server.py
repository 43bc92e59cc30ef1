"""The benchmark's own PostgreSQL: embedded, durable, in a temporary home, listening on 127.0.0.1 for the wire count."""

import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from app.db import engine, migrate
from app.local.cluster import Cluster
from app.local.home import Home

MAINTENANCE = "postgres"
_TEMPLATE = "bench_template"


class Server:
    """A running server. Its databases are clones of one migrated template."""

    def __init__(self, cluster: Cluster, home: Home) -> None:
        self._cluster = cluster
        self._home = home
        self._migrated = False

    @property
    def pid(self) -> int:
        """Of the process whose children are the backends."""
        return int((self._home.data / "postmaster.pid").read_text().split("\n", 1)[0])

    def dsn(self, database: str) -> str:
        """Through the socket, as the product connects."""
        return self._cluster.dsn(database)

    def tcp_dsn(self, database: str) -> str:
        """Through 127.0.0.1, so that a proxy can stand in between."""
        return self._cluster.tcp_dsn(database)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """The name of a database with our schema in it, dropped at exit."""
        name = f"bench_{secrets.token_hex(4)}"
        if not self._migrated:
            await self._execute(f"CREATE DATABASE {_TEMPLATE}")
            await migrate.upgrade(self.dsn(_TEMPLATE))
            self._migrated = True
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        try:
            yield name
        finally:
            await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    @asynccontextmanager
    async def connection(self, database: str) -> AsyncIterator[engine.Connection]:
        """For the benchmark's own questions; without the product's statement timeout."""
        connection = await engine.connect(self.dsn(database), application="bench", settings={"statement_timeout": "0"})
        try:
            yield connection
        finally:
            await connection.close()

    async def _execute(self, statement: str) -> None:
        async with self.connection(MAINTENANCE) as connection:
            await connection.execute(statement)


@contextmanager
def running_server() -> Iterator[Server]:
    """A server that flushes as a real one does, gone with its data at exit."""
    with temporary_home() as folder:
        home = Home(folder)
        home.prepare()
        cluster = Cluster(home, port=free_port())
        cluster.start()
        try:
            yield Server(cluster, home)
        finally:
            cluster.stop()


@contextmanager
def temporary_home() -> Iterator[Path]:
    """An empty folder; as root, the server's account has to be able to pass through it."""
    folder = Path(tempfile.mkdtemp(prefix="prashna-bench-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
