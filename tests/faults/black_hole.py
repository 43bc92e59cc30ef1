"""A way to the database that can swallow what its listening connections say and hear, and keep their sockets open."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

# As it names itself in its startup message.
_NAME = re.compile(rb"prashna-[a-z-]+")


class _Wire:
    """One connection through the hole."""

    def __init__(self) -> None:
        self.name = ""
        self.listens = False
        self.swallowed = False


class BlackHole:
    """A loopback proxy before a PostgreSQL server; `dsn` leads through it.

    A connection listens once a LISTEN has gone through it.
    """

    def __init__(self, dsn: str) -> None:
        self._parts = urlsplit(dsn)
        self._wires: set[_Wire] = set()
        self.bytes_swallowed = 0
        self.dsn = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["BlackHole"]:
        """Forward for as long as the block runs."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        user = self._parts.netloc.rpartition("@")[0] or "postgres"
        self.dsn = f"postgresql://{user}@127.0.0.1:{port}{self._parts.path}"
        try:
            yield self
        finally:
            server.close()

    def listening(self, name: str = "") -> int:
        """Connections that listen and hear, of the applications whose names begin so."""
        return sum(wire.listens and not wire.swallowed and wire.name.startswith(name) for wire in self._wires)

    def swallow(self) -> int:
        """From now on nothing comes through the connections that listen now; how many they are."""
        listening = [wire for wire in self._wires if wire.listens and not wire.swallowed]
        for wire in listening:
            wire.swallowed = True
        return len(listening)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = _Wire()
        upstream_reader, upstream_writer = await self._connect()
        self._wires.add(wire)
        try:
            passing = [
                asyncio.create_task(self._pass(wire, reader, upstream_writer, says=True)),
                asyncio.create_task(self._pass(wire, upstream_reader, writer, says=False)),
            ]
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in passing:
                one.cancel()
            await asyncio.gather(*passing, return_exceptions=True)
            self._wires.discard(wire)
            for end in (writer, upstream_writer):
                end.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        query = parse_qs(self._parts.query)
        port = int(query.get("port", [self._parts.port or 5432])[0])
        if folder := query.get("host", [""])[0]:
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        return await asyncio.open_connection(self._parts.hostname, port)

    async def _pass(
        self, wire: _Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, says: bool
    ) -> None:
        while data := await reader.read(65_536):
            if says and not wire.name and (found := _NAME.search(data)):
                wire.name = found[0].decode()
            if says and b"LISTEN" in data:
                wire.listens = True
            if wire.swallowed:
                self.bytes_swallowed += len(data)
                continue
            writer.write(data)
            await writer.drain()
