"""uvicorn's HTTP protocol with the two powers a provider's bad day needs: reset a connection, end it at once."""

import socket
import struct
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.simulator.exchange import RESET

# Linger on, for zero seconds: closing then sends RST instead of FIN.
_LINGER_ZERO = struct.pack("ii", 1, 0)


class ProviderProtocol(HttpToolsProtocol):
    """Offers the application `scope["extensions"][RESET]`; a shutdown cuts replies that are under way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def offering_reset(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[RESET] = self.reset
            await inner(scope, receive, send)

        self.app = offering_reset

    def reset(self) -> None:
        """Drop what is unsent and reset the connection."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self.transport.abort()

    def shutdown(self) -> None:
        """uvicorn would wait for replies under way, and a stalled one never ends."""
        self.transport.abort()
