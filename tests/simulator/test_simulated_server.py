"""The server as a process and as a thread."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest

from app.errors import ConfigurationError
from app.simulator.behaviour import Behaviour
from app.simulator.server import run, running

ASK = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.mark.parametrize("asked_to_end", [signal.SIGINT, signal.SIGTERM])
def test_the_process_prints_its_base_url_and_ends_when_asked_even_while_stalled(asked_to_end):
    code = "from app.simulator.server import run; run(0, 0, 0.0, 'stall')"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/v1")
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{url}/chat/completions", json=ASK, timeout=0.2)
        process.send_signal(asked_to_end)
        _out, err = process.communicate(timeout=5)
        assert err == ""


def test_leaving_the_context_ends_a_stalled_reply_at_once():
    behaviour = Behaviour(fault="stall")
    refused = []

    def ask() -> None:
        try:
            httpx.post(f"{url}/chat/completions", json=ASK, timeout=5)
        except httpx.TransportError as error:
            refused.append(error)

    with running(behaviour) as url:
        asking = threading.Thread(target=ask)
        asking.start()
        while not behaviour.calls:
            time.sleep(0.01)
        began = time.monotonic()
    asking.join()
    assert time.monotonic() - began < 2
    assert len(refused) == 1


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"model": "m"}', b'{"messages": "Hi"}'])
async def test_what_is_no_chat_request_gets_a_400_in_openais_words(provider, body):
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{provider.url}/chat/completions", content=body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


async def test_fifty_calls_at_once_are_all_answered(provider):
    provider.behaviour.first_token_ms = 100
    async with httpx.AsyncClient() as client:
        began = time.monotonic()
        answers = await asyncio.gather(*(client.post(f"{provider.url}/chat/completions", json=ASK) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert time.monotonic() - began < 3


def test_an_unknown_fault_stops_the_server_before_it_listens():
    with pytest.raises(ConfigurationError, match="rate_limited"):
        run(0, 0, 0.0, "gremlins")


async def test_a_refused_request_is_recorded_as_ended(provider):
    async with httpx.AsyncClient() as client:
        await client.post(f"{provider.url}/embeddings", json={"input": []})
    assert provider.behaviour.asked("embeddings")[0].seconds is not None


def test_a_taken_port_is_a_configuration_error():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigurationError, match="cannot listen"):
        run(taken.getsockname()[1], 0, 0.0, None)


@pytest.mark.parametrize(
    "figures", [{"first_token_ms": -1}, {"tokens_per_second": -1.0}, {"tokens_per_second": float("nan")}]
)
def test_figures_out_of_range_are_configuration_errors(figures):
    with pytest.raises(ConfigurationError):
        Behaviour(**figures).check()
