"""`prashna serve` as an operator runs it: a real process, its log, its end."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from support.students import bearer

from app.settings import child_environment


@dataclass(frozen=True)
class Served:
    """A running `prashna serve` and the file that takes its output."""

    process: subprocess.Popen[bytes]
    own: httpx.AsyncClient
    log: Path


@pytest.fixture(params=[1, 2], ids=["one process", "two processes"])
async def served(request: pytest.FixtureRequest, server: dict[str, str], tmp_path: Path) -> AsyncIterator[Served]:
    """Started with the chattiest log."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = child_environment(
        **server, PRASHNA_PORT=str(port), PRASHNA_LOG_LEVEL="DEBUG", PRASHNA_API_PROCESSES=str(request.param)
    )
    log = tmp_path / "log"
    process = _start(environment, log)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=bearer("a student")) as own:
            await _answers(own)
            yield Served(process, own, log)
    finally:
        process.kill()
        process.wait()


async def test_a_ticket_is_in_no_log_no_answer_waits_for_an_acknowledgement_and_sigterm_ends_it(served: Served) -> None:
    body = (await served.own.post("/chat", json={"query": "A question nobody logs"})).json()
    await served.own.post(f"/tasks/{body['task_id']}/stop")
    async with httpx.AsyncClient(base_url=served.own.base_url) as anybody:
        statuses = [
            (await anybody.get(body["stream_url"])).status_code,
            (await anybody.get("/nowhere?ticket=t")).status_code,
        ]
    times = [await _seconds(served.own) for _ in range(15)]
    served.process.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(served.process.wait, 20)
    log = served.log.read_text()

    assert statuses == [200, 404]
    # Without TCP_NODELAY a response in two writes waits 40 ms for the client's delayed acknowledgement.
    assert sorted(times)[7] < 0.035
    assert code in (0, 143, -signal.SIGTERM)
    assert body["stream_url"].rpartition("=")[2] not in log
    assert "A question nobody logs" not in log
    assert "Traceback" not in log


def _start(environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "app.cli", "serve"]
    with log.open("wb") as output:
        return subprocess.Popen(command, stdout=output, stderr=output, env=environment, cwd=Path(__file__).parents[2])


async def _answers(own: httpx.AsyncClient) -> None:
    for _ in range(300):
        try:
            await own.get("/healthz")
            return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    raise TimeoutError("prashna serve does not answer")


async def _seconds(own: httpx.AsyncClient) -> float:
    began = time.perf_counter()
    await own.get("/sessions")
    return time.perf_counter() - began
