"""Base URLs at which no provider answers, each in its own way."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest


def refusing() -> str:
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


@asynccontextmanager
async def unreachable() -> AsyncIterator[str]:
    """Somebody listens who takes no connection, and the queue is full: the next one's first packet gets no answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        try:
            yield f"http://127.0.0.1:{address[1]}/v1"
        finally:
            for one in waiting:
                one.close()


def nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that end in .invalid cannot be resolved, as RFC 6761 promises, without asking anybody."""
    resolve = socket.getaddrinfo

    def refuse(host: Any, *arguments: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
