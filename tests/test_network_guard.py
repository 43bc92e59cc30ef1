"""The guard that keeps tests on this machine."""

import asyncio
import socket

import pytest
from support.network_guard import NetworkGuard, NetworkRefused

ELSEWHERE = "192.0.2.1"  # reserved for documentation


def test_a_connection_to_another_machine_is_refused_and_remembered(network: NetworkGuard) -> None:
    with socket.socket() as plain, pytest.raises(NetworkRefused):
        plain.connect((ELSEWHERE, 9))
    assert network.attempts == [f"socket.connect {ELSEWHERE}"]
    network.attempts.clear()


async def test_asyncio_cannot_pass_the_guard_either(network: NetworkGuard) -> None:
    with pytest.raises(NetworkRefused):
        await asyncio.open_connection(ELSEWHERE, 9)
    network.attempts.clear()


def test_a_name_is_not_looked_up(network: NetworkGuard) -> None:
    with pytest.raises(NetworkRefused):
        socket.getaddrinfo("provider.invalid", 443)
    network.attempts.clear()


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=1).close()
