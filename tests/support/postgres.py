"""A real PostgreSQL for the tests, wherever they run: a given server, a container, or the embedded one."""

import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from app.local.cluster import Cluster
from app.local.home import Home

IMAGE = "pgvector/pgvector:pg18"
_DOCKER_SOCKET = Path("/var/run/docker.sock")
_PING_SECONDS = 3


@contextmanager
def postgres_server() -> Iterator[str]:
    """The dsn of a server's maintenance database, for a role that may create databases and extensions."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
    elif docker_answers():
        with _container() as dsn:
            yield dsn
    else:
        with temporary_home() as folder, _embedded(folder) as dsn:
            yield dsn


@contextmanager
def temporary_home() -> Iterator[Path]:
    """An empty folder for a PRASHNA_HOME. Not pytest's: as root that one is closed to the server's account."""
    folder = Path(tempfile.mkdtemp(prefix="prashna-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def named(dsn: str, database: str) -> str:
    """The same server's address with another database."""
    return urlsplit(dsn)._replace(path=f"/{database}").geturl()


def new_name(purpose: str) -> str:
    """A database name that no other run on the same server has."""
    return f"prashna_{purpose}_{secrets.token_hex(4)}"


async def statement(dsn: str, sql: str) -> None:
    """Run one statement on a connection of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def docker_answers() -> bool:
    """Whether a Docker engine answers, found out in seconds and without starting anything."""
    host = urlsplit(os.environ.get("DOCKER_HOST", f"unix://{_DOCKER_SOCKET}"))
    if host.scheme == "unix" and not Path(host.path).is_socket():
        return False
    if host.scheme == "tcp" and not _listens(host.hostname or "127.0.0.1", host.port or 2375):
        return False
    import docker
    import docker.errors

    try:
        client = docker.DockerClient.from_env(timeout=_PING_SECONDS)
    except docker.errors.DockerException:
        return False
    try:
        return bool(client.ping())
    except (docker.errors.DockerException, OSError):
        return False
    finally:
        client.close()


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=_PING_SECONDS).close()
    except OSError:
        return False
    return True


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer

    container = PostgresContainer(IMAGE, username="postgres", dbname="postgres", driver=None)
    # The same preloads and sizes as our own server has, and no flushing of data that nobody keeps.
    container.with_command(
        "postgres -c shared_preload_libraries=pg_stat_statements -c max_connections=200 -c jit=off -c fsync=off"
    )
    with container as running:
        yield running.get_connection_url()


@contextmanager
def _embedded(folder: Path) -> Iterator[str]:
    home = Home(folder)
    home.prepare()
    cluster = Cluster(home, durable=False)
    try:
        cluster.start()
        yield cluster.dsn("postgres")
    finally:
        cluster.stop()
