"""A loopback proxy in front of PostgreSQL that counts round trips as the network would see them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Wire:
    """`flights` are the times that a client spoke after the server had: each costs a network's latency once."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.flights = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection both ways."""
        server_reader, server_writer = await asyncio.open_connection(*self._target)
        server_spoke = [True]
        try:
            await asyncio.gather(
                self._carry(reader, server_writer, server_spoke, from_client=True),
                self._carry(server_reader, writer, server_spoke, from_client=False),
            )
        finally:
            server_writer.close()
            writer.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server_spoke: list[bool], *, from_client: bool
    ) -> None:
        while data := await _read(reader):
            if from_client:
                self.flights += server_spoke[0]
            server_spoke[0] = not from_client
            writer.write(data)
            await writer.drain()
        writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65_536)
    except ConnectionError:
        return b""


@asynccontextmanager
async def wire(dsn: str) -> AsyncIterator[tuple[Wire, str]]:
    """A proxy to the server of this TCP dsn, and the dsn that leads through it."""
    parts = urlsplit(dsn)
    counted = Wire(parts.hostname or "127.0.0.1", parts.port or 5432)
    server = await asyncio.start_server(counted.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    login = parts.netloc.rpartition("@")[0]
    async with server:
        yield counted, parts._replace(netloc=f"{login}@127.0.0.1:{port}").geturl()
