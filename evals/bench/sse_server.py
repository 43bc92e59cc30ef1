"""The serving process of the connections benchmark: the whole API, or a Starlette route with sse-starlette."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.api.connection import Connection
from evals.bench.child import answer, messages

SECRET, AUDIENCE, ISSUER = "a secret of the benchmark, of 32 bytes", "prashna", "prashna-demo"


class _Server(uvicorn.Server):
    """Says where it listens once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets
        answer({"port": sockets[0].getsockname()[1], "pid": os.getpid()})


async def main() -> None:
    """`{"design", "dsn"}` starts it, `{"seq", "text"}` is an event for every connection of sse-starlette's."""
    told = messages()
    setup = await anext(told)
    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    queues: list[asyncio.Queue[dict[str, Any]]] = []
    ours = setup["design"] == "ours"
    # As `prashna serve` reads them.
    os.environ |= {"DATABASE_URL": setup["dsn"], "PRASHNA_JWT_SECRET": SECRET, "PRASHNA_LOG_LEVEL": "ERROR"}
    config = uvicorn.Config(
        "app.main:from_environment" if ours else _theirs(queues),
        factory=ours,
        http=Connection if ours else "httptools",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listening]))
    async for event in told:
        for queue in queues:
            queue.put_nowait({"id": f"1.{event['seq']}", "event": "token", "data": f'{{"text":"{event["text"]}"}}'})
    server.should_exit = True
    await serving


def _theirs(queues: list["asyncio.Queue[dict[str, Any]]"]) -> ASGIApp:
    from sse_starlette import EventSourceResponse

    async def events(queue: "asyncio.Queue[dict[str, Any]]") -> AsyncIterator[dict[str, Any]]:
        # As ours: something comes at once.
        yield {"comment": "connected"}
        while True:
            yield await queue.get()

    async def follow(_: Request) -> Response:
        # As many as ours queues for a reader.
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(64)
        queues.append(queue)
        return EventSourceResponse(events(queue))

    return Starlette(routes=[Route("/stream/{task_id}", follow)])


if __name__ == "__main__":
    uvloop.run(main())
