"""The connections of our API: uvicorn's, whose peers may not vanish without notice, and which can be cut."""

import asyncio
import socket
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# The kernel ends a connection that has not acknowledged, or not taken, what was sent to it for so long.
UNACKNOWLEDGED_MS = 30_000
_EXTENSION = "prashna.connection"


class Connection(HttpToolsProtocol):
    """Give it to uvicorn as `http`."""

    _held = 0
    _held_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        peer = transport.get_extra_info("socket")
        # Linux has it; elsewhere the hub's own limit has to do.
        if peer is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
        extensions[_EXTENSION] = self

    @property
    def full(self) -> bool:
        """Would a send wait for the client?"""
        return self.flow.write_paused

    def stalled(self, now: float) -> float:
        """Seconds for which the client has taken nothing of what waits for it here, as seen at the last calls."""
        held = self.transport.get_write_buffer_size()
        if held == 0 or held != self._held:
            self._held, self._held_since = held, now
        return now - self._held_since

    def cut(self) -> None:
        """End it at once, whatever the client has not taken."""
        self.transport.abort()


def connection_of(scope: Scope) -> Connection | None:
    """The connection of a request; None under another server."""
    found: Connection | None = scope.get("extensions", {}).get(_EXTENSION)
    return found
