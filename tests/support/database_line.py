"""The way to the database as a wire that can be counted on, cut and stalled."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

# Client messages after which the server has to answer before the client goes on: Query and Sync.
_ROUND_TRIPS = (b"Q", b"S")


class DatabaseLine:
    """A loopback proxy before a PostgreSQL server. `dsn` leads through it; `round_trips` counts since it was last set.

    `cut` ends all connections and refuses new ones, `stall` lets bytes wait, `mend` ends both.
    """

    def __init__(self, dsn: str) -> None:
        self._parts = urlsplit(dsn)
        self._open = asyncio.Event()
        self._open.set()
        self._refusing = False
        self._writers: set[asyncio.StreamWriter] = set()
        self.round_trips = 0
        self.dsn = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["DatabaseLine"]:
        """Listen for as long as the block runs."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        user = self._parts.netloc.rpartition("@")[0] or self._parts.username or "postgres"
        self.dsn = f"postgresql://{user}@127.0.0.1:{port}{self._parts.path}"
        try:
            yield self
        finally:
            server.close()
            self.cut()
            self._open.set()
            await server.wait_closed()

    def cut(self) -> None:
        """The server is gone: connections end, new ones are closed at once."""
        self._refusing = True
        for writer in self._writers:
            writer.transport.abort()

    def stall(self) -> None:
        """The server is there and says nothing more."""
        self._open.clear()

    def mend(self) -> None:
        """All is well again."""
        self._refusing = False
        self._open.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        upstream_reader, upstream_writer = await self._connect()
        self._writers |= {writer, upstream_writer}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass_counted(reader, upstream_writer))
                group.create_task(self._pass(upstream_reader, writer))
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for one in (writer, upstream_writer):
                self._writers.discard(one)
                one.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        query = parse_qs(self._parts.query)
        port = int(query.get("port", [self._parts.port or 5432])[0])
        folder = query.get("host", [""])[0]
        if folder:
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        return await asyncio.open_connection(self._parts.hostname, port)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            await self._forward(data, writer)
        raise ConnectionResetError

    async def _pass_counted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The first messages have no type byte: a request for encryption, refused by a socket, then the startup.
        started = False
        while not started:
            size = await reader.readexactly(4)
            body = await reader.readexactly(struct.unpack("!I", size)[0] - 4)
            started = body[:2] == b"\x00\x03"
            await self._forward(size + body, writer)
        while True:
            head = await reader.readexactly(5)
            self.round_trips += head[:1] in _ROUND_TRIPS
            body = await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)
            await self._forward(head + body, writer)

    async def _forward(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        writer.write(data)
        await writer.drain()
