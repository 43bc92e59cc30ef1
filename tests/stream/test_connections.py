"""What an API process does about many readers: few database connections, a limit, an end for who does not read."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx
import pytest
import structlog
import uvicorn
from support import running_tasks
from support.running_tasks import STUDENT, token
from support.service import client, service
from support.stack import until
from support.students import bearer
from typer.testing import CliRunner
from uvicorn.importer import import_from_string

from app.api import hub
from app.api.connection import UNACKNOWLEDGED_MS, Connection, connection_of
from app.cli import app as commands
from app.db import engine, stream

MANY = 200


@pytest.fixture
async def pool(database: str) -> AsyncIterator[engine.Pool]:
    async with engine.open_pool(database, application="tests", size=2) as made:
        yield made


@pytest.fixture
async def worker(database: str) -> AsyncIterator[engine.Connection]:
    connection = await engine.connect(database, application="tests-worker", settings=stream.WRITER_SETTINGS)
    yield connection
    await connection.close()


async def _open(url: str, task: UUID) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A reader of this task's stream that has its first comment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    head = "".join(f"{name}: {value}\r\n" for name, value in bearer(STUDENT).items())
    writer.write(f"GET /stream/{task} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode())
    async with asyncio.timeout(20):
        await reader.readuntil(b"retry: ")
    return reader, writer


async def _open_streams(api: httpx.AsyncClient) -> int:
    found = re.search(r"^prashna_open_streams (\S+)$", (await api.get("/metrics")).text, re.MULTILINE)
    assert found
    return int(float(found[1]))


async def test_200_streams_take_one_listening_connection_and_ten_in_all(
    database: str, pool: engine.Pool, worker: engine.Connection
) -> None:
    ids = await running_tasks.begin(pool, count=MANY)
    with service(database) as url:
        opened = await asyncio.gather(*(_open(url, task) for task in ids))
        for seq in range(1, 4):
            await stream.append(worker, [token(task, seq, f"word-{seq}") for task in ids])
        async with asyncio.timeout(20):
            await asyncio.gather(*(reader.readuntil(b"word-3") for reader, _ in opened))
        held = await pool.fetch(
            "SELECT application_name AS name, query LIKE 'LISTEN%' OR application_name LIKE '%listener' AS listens"
            " FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'prashna-%'"
            " AND application_name NOT LIKE 'prashna-tests%'"
        )
        assert sum(row["listens"] for row in held) == 1
        assert len(held) <= 10
        for _, writer in opened:
            writer.close()
        async with client(url) as api:
            await until(lambda: _none_open(api), 10, "all are forgotten")


async def _none_open(api: httpx.AsyncClient) -> bool:
    return await _open_streams(api) == 0


async def test_one_stream_too_many_is_told_so_before_anything_is_done_for_it(database: str, pool: engine.Pool) -> None:
    first, second, third = await running_tasks.begin(pool, count=3)
    with service(database, PRASHNA_MAX_STREAMS="2") as url:
        opened = [await _open(url, task) for task in (first, second)]
        # Even a ticket that is none is not looked at.
        async with client(url) as anybody:
            for address in (f"/stream/{third}", f"/stream/{third}?ticket=none"):
                refused = await anybody.get(address, headers=bearer(STUDENT) if "?" not in address else {})
                assert (refused.status_code, refused.json()["code"]) == (503, "busy")
                assert int(refused.headers["Retry-After"]) >= 1
            # What is no stream is answered all the same.
            assert (await anybody.get(f"/tasks/{third}", headers=bearer(STUDENT))).status_code == 202
            opened[0][1].close()
            await until(lambda: _fits(anybody, 1), 10, "one has left")
            assert (await anybody.get(f"/stream/{third}?ticket=none")).status_code == 401
            _, writer = await _open(url, third)
        for one in (opened[1][1], writer):
            one.close()
            # The service is ended from this thread: what is only about to be closed would hold it up.
            await one.wait_closed()


async def _fits(api: httpx.AsyncClient, count: int) -> bool:
    return await _open_streams(api) == count


async def test_a_reader_that_takes_nothing_is_cut_off_and_the_others_are_not(
    database: str, pool: engine.Pool, worker: engine.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "STUCK_SECONDS", 1.0)
    stuck, healthy = await running_tasks.begin(pool, count=2)
    with service(database) as url:
        deaf = socket.socket()
        # Before it is connected, so that the window is small from the beginning.
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        with deaf:
            await asyncio.to_thread(deaf.connect, ("127.0.0.1", int(url.rpartition(":")[2])))
            head = "".join(f"{name}: {value}\r\n" for name, value in bearer(STUDENT).items())
            deaf.sendall(f"GET /stream/{stuck} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode())
            reader, writer = await _open(url, healthy)
            async with client(url) as api:
                await until(lambda: _fits(api, 2), 10, "both are open")
                reading = asyncio.create_task(_until_read(reader, b"still there"))
                for seq in range(1, 61):
                    await stream.append(worker, [token(task, seq, "x" * 100_000) for task in (stuck, healthy)])
                await until(lambda: _fits(api, 1), 20, "the deaf one is dropped")
                await stream.append(worker, [token(task, 61, "still there") for task in (stuck, healthy)])
                await asyncio.wait_for(reading, 20)
                writer.close()
                await writer.wait_closed()
            assert b"still there" not in await asyncio.to_thread(_rest_of, deaf)


async def _until_read(reader: asyncio.StreamReader, words: bytes) -> None:
    seen = b""
    while words not in seen:
        seen = seen[-len(words) :] + await reader.read(65_536)


def _rest_of(deaf: socket.socket) -> bytes:
    """What had been sent to it, to the end that the server has made."""
    deaf.settimeout(20)
    pieces = []
    while piece := deaf.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


def test_prashna_serve_has_such_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict = {}
    before = structlog.get_config()
    monkeypatch.setattr(uvicorn, "run", lambda *_, **settings: given.update(settings))
    assert CliRunner().invoke(commands, ["serve"]).exit_code == 0
    structlog.configure(**before)
    assert import_from_string(given["http"]) is Connection


@contextmanager
def _scopes() -> Iterator[tuple[uvicorn.Server, list[dict]]]:
    """A server with our connections, and the scope of each of its requests."""
    scopes: list[dict] = []

    async def keep(scope, receive, send) -> None:
        scopes.append(dict(scope))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    yield uvicorn.Server(uvicorn.Config(keep, http=Connection, lifespan="off", log_config=None)), scopes


async def test_a_connection_whose_peer_has_vanished_is_ended_by_the_kernel() -> None:
    with _scopes() as (server, scopes), socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        await until(lambda: server.started, 10, "it serves")
        async with client(f"http://127.0.0.1:{listener.getsockname()[1]}") as anybody:
            await anybody.get("/")
            connection = connection_of(scopes[0])
            assert connection
            accepted = connection.transport.get_extra_info("socket")
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == UNACKNOWLEDGED_MS
        server.should_exit = True
        await serving
