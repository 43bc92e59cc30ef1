"""The HTTP response that carries a stream: plain ASGI, since it costs half of what a generator response does."""

import asyncio
import random

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.api.hub import Hub
from app.api.subscriber import Subscriber
from app.telemetry import get_logger

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}
# Clients come back within this many milliseconds, each in its own time, so that a restart is no stampede.
RETRY_MS = (1_000, 5_000)
# A reader that takes nothing for so long is gone, whatever its socket says.
SEND_SECONDS = 30.0


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
        del scope
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait([sending, leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.detach(self._reader)
            sending.cancel()
            leaving.cancel()
            ended, _ = await asyncio.gather(sending, leaving, return_exceptions=True)
            # A send that timed out or hit a closed socket is how readers leave; nothing to report.
            if isinstance(ended, Exception) and not isinstance(ended, OSError):
                get_logger(__name__).error("stream.crashed", task=str(self._reader.task_id), exc_info=ended)

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        retry = random.randint(*RETRY_MS)
        data = f": connected\nretry: {retry}\n\n".encode()
        while data:
            async with asyncio.timeout(SEND_SECONDS):
                await send({"type": "http.response.body", "body": data, "more_body": True})
            self._hub.catch_up(self._reader)
            data = await self._reader.take()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
