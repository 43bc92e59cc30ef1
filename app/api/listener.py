"""The one LISTEN connection of an API process."""

import asyncio
from collections.abc import Awaitable, Callable

from app.db import engine
from app.telemetry import get_logger

# A dead peer is noticed by a heartbeat, not by TCP.
HEARTBEAT_SECONDS = 5.0
_RECONNECT_SECONDS = 0.5


class Listener:
    """Hands every payload on `channel` to `heard`; `listening` is awaited each time that it has begun to listen."""

    def __init__(
        self, dsn: str, channel: str, *, heard: Callable[[str], None], listening: Callable[[], Awaitable[None]]
    ) -> None:
        self._dsn = dsn
        self._channel = channel
        self._heard = heard
        self._listening = listening

    async def run(self) -> None:
        """Listen for ever, over a new connection when one is lost."""
        while True:
            try:
                connection = await engine.connect(self._dsn, application="stream-listener")
                try:
                    await self._listen(connection)
                finally:
                    connection.terminate()
            except (engine.DatabaseError, TimeoutError, *engine.ConnectionLost) as error:
                get_logger(__name__).warning("listener.lost", error=type(error).__name__)
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self, connection: engine.Connection) -> None:
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        await connection.add_listener(self._channel, lambda *notification: self._heard(str(notification[3])))
        await self._listening()
        while not ended.is_set():
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await ended.wait()
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=HEARTBEAT_SECONDS)
        raise ConnectionError("the server ended it")
