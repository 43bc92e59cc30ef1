"""The reading process of the connections benchmark: thousands of sockets and a count of the events that came."""

import asyncio
import time

import uvloop

from evals.bench.child import answer, messages

# Connections that are made at the same time; a machine's own students come no faster.
_AT_ONCE = 64
_CONNECT_SECONDS = 30.0
_BROADCAST_SECONDS = 30.0


class Counter:
    """Events of all connections; `reached` is set once `wanted` have come."""

    def __init__(self) -> None:
        self.events = 0
        self.wanted = 0
        self.reached = asyncio.Event()

    def add(self, count: int) -> None:
        """So many more have come."""
        self.events += count
        if self.events >= self.wanted:
            self.reached.set()


class Stream(asyncio.Protocol):
    """One connection; `open` is done with its first bytes."""

    def __init__(self, request: bytes, counter: Counter) -> None:
        self._request = request
        self._counter = counter
        self.open: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Ask."""
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Count."""
        if not self.open.done():
            self.open.set_result(data.startswith(b"HTTP/1.1 200"))
        if count := data.count(b"event: token"):
            self._counter.add(count)

    def connection_lost(self, exc: Exception | None) -> None:
        """A stream that ends before its first bytes is an error; one that ends later loses events."""
        del exc
        if not self.open.done():
            self.open.set_result(False)


async def main() -> None:
    """`{"port", "paths", "token"}` opens them; `{"events"}` waits until so many have come since the beginning."""
    told = messages()
    setup = await anext(told)
    counter, gate = Counter(), asyncio.Semaphore(_AT_ONCE)
    loop = asyncio.get_running_loop()
    streams = []

    async def connect(path: str) -> bool:
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {setup['token']}\r\n\r\n".encode()
        try:
            async with gate, asyncio.timeout(_CONNECT_SECONDS):
                _, stream = await loop.create_connection(lambda: Stream(request, counter), "127.0.0.1", setup["port"])
                streams.append(stream)
                return await stream.open
        except (OSError, TimeoutError):
            return False

    opened = await asyncio.gather(*(connect(path) for path in setup["paths"]))
    answer({"errors": opened.count(False)})
    async for message in told:
        began = time.monotonic()
        counter.wanted = message["events"]
        counter.reached.clear()
        counter.add(0)
        await asyncio.wait([asyncio.create_task(counter.reached.wait())], timeout=_BROADCAST_SECONDS)
        answer({"events": counter.events, "seconds": time.monotonic() - began})


if __name__ == "__main__":
    uvloop.run(main())
