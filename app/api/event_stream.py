"""The HTTP response that carries a stream: plain ASGI, since it costs half of what a generator response does."""

import asyncio
import random
from collections.abc import Coroutine
from typing import cast

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app.api.connection import Connection, connection_of
from app.api.hub import Hub
from app.api.subscriber import SendNow, Subscriber

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}
# Clients come back after so many milliseconds, each in its own time, so that a restart is no stampede; all of them are
# served again within ten seconds (reliability check S10), so the last ones need two to be.
RETRY_MS = (1_000, 7_999)


class EventStream(Response):
    """Sends what `reader` gets until the stream ends, the client leaves, or it stops reading."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, reader: Subscriber) -> None:
        super().__init__(headers=HEADERS)
        # A stream has no length.
        del self.headers["content-length"]
        self._hub = hub
        self._reader = reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the connection."""
        self._reader.connection = connection_of(scope)
        leaving = asyncio.create_task(_left(receive))
        leaving.add_done_callback(lambda _: self._reader.close())
        try:
            await self._send_all(send)
        finally:
            self._hub.detach(self._reader)
            leaving.cancel()

    async def _send_all(self, send: Send) -> None:
        reader, send_now = self._reader, _at_once(send, self._reader.connection)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        data = f": connected\nretry: {random.randint(*RETRY_MS)}\n\n".encode()
        while data:
            await send(_part(data))
            self._hub.catch_up(reader)
            data = await reader.take(send_now)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _part(data: bytes) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": True}


def _at_once(send: Send, connection: Connection | None) -> SendNow | None:
    """`send` as a plain call, for as long as the connection has room: then nothing in it waits."""
    if connection is None:
        return None

    def send_now(data: bytes) -> bool:
        if connection.full:
            return False
        sending = cast("Coroutine[None, None, None]", send(_part(data)))
        try:
            sending.send(None)
        except StopIteration:
            return True
        # Half sent: its client comes back with the last id it has.
        sending.close()
        connection.cut()
        return True

    return send_now


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
