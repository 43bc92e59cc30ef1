"""The way to a server as a wire that is cut after so many bytes of what the server sends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self


class CutLine:
    """A loopback proxy before a server on `port` of this machine.

    `most` is how many bytes each new connection lets through to the client before both of its sides are reset; None
    lets all of them through.
    """

    def __init__(self, port: int) -> None:
        self._server_port = port
        self.most: int | None = None
        self.cuts = 0
        self.url = ""
        self._serving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Listen for as long as the block runs."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            # Their clients have gone or go now.
            await asyncio.gather(*self._serving)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._server_port)
        both = [
            asyncio.create_task(_pass(reader, ours)),
            asyncio.create_task(self._pass_down(theirs, writer, self.most)),
        ]
        try:
            # Whoever leaves first, the other follows.
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            for end in (writer, ours):
                end.transport.abort()

    async def _pass_down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None) -> None:
        sent = 0
        while data := await reader.read(65_536):
            part = data if most is None else data[: most - sent]
            writer.write(part)
            await writer.drain()
            sent += len(part)
            if sent == most:
                self.cuts += 1
                # What was let through arrives; the reset comes after it.
                await asyncio.sleep(0)
                return
        writer.write_eof()
        # The client closes when it has read to the end.
        await asyncio.Event().wait()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
