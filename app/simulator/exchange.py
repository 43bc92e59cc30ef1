"""One HTTP request and its reply on the wire, down to leaving it hanging or resetting the connection."""

import asyncio
import contextlib
import json
from collections.abc import Coroutine, Mapping
from typing import Any

from starlette.types import Receive, Scope, Send

Json = dict[str, Any]

# Where the server puts a function that resets the connection of this request (see protocol.py).
RESET = "prashna.reset"

MAX_BODY_BYTES = 32 * 1024 * 1024


class BadRequestError(Exception):
    """The request is not one the provider understands; the client gets a 400 with this text."""


class Exchange:
    """Reads the request's body once, then sends one reply in whatever pieces and at whatever times."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._was_reset = False

    async def read(self) -> Json:
        """The request's JSON object.

        Raises:
            BadRequestError: too large, not JSON, or JSON that is no object.
        """
        body = bytearray()
        more = True
        while more:
            message = await self._receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MAX_BODY_BYTES:
                raise BadRequestError("the request is too large")
        try:
            request = json.loads(body)
        except ValueError:
            raise BadRequestError("the request is not JSON") from None
        if not isinstance(request, dict):
            raise BadRequestError("the request must be a JSON object")
        return request

    async def start(self, status: int, content_type: str, headers: Mapping[str, str] | None = None) -> None:
        """Send the status line and the headers; no length, so that a body can be cut anywhere."""
        named = {"content-type": content_type} | dict(headers or {})
        raw = [(name.encode(), value.encode()) for name, value in named.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, data: bytes) -> None:
        """Send a piece of the body now."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes = b"") -> None:
        """Send the last piece of the body."""
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    async def hold(self) -> None:
        """Send nothing more, for as long as the client stays."""
        await asyncio.Event().wait()

    def reset(self) -> None:
        """Reset the TCP connection. Only a server started by server.py can."""
        self._scope["extensions"][RESET]()
        self._was_reset = True

    async def deliver(self, reply: Coroutine[Any, Any, None]) -> bool:
        """Run `reply` until it ends or the client leaves; whether the client left first."""
        delivering = asyncio.create_task(reply)
        leaving = asyncio.create_task(self._client_left())
        try:
            await asyncio.wait({delivering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            left = not delivering.done()
            if self._was_reset:
                # The server calls a reply that just stops an error, until it has noticed the reset.
                await leaving
        finally:
            leaving.cancel()
            delivering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await delivering
        return left

    async def _client_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
