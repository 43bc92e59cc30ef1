"""The token load of the stream benchmark: who emits which token when, and what a token says of itself."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

# What a token is called by the two processes: (stream's place, seq from 1, the moment it was due, monotonic seconds).
Emit = Callable[[int, int, float], None]
_SLICE_SECONDS = 0.001
# Of tokens that are late, so many at a time: in a worker too, those who make them let each other and the writer run.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class TokenLoad:
    """`streams` that each make `rate` tokens a second for `seconds`."""

    streams: int
    rate: float
    seconds: float

    @property
    def tokens(self) -> int:
        """How many in all."""
        return self.streams * int(self.rate * self.seconds)


async def play(load: TokenLoad, start: float, emit: Emit) -> None:
    """Emit every token when it is due, the streams evenly out of step. One that is late says when it was due."""
    every = 1 / load.rate
    schedule = sorted(
        (start + (stream / load.streams + place) * every, stream, place + 1)
        for stream in range(load.streams)
        for place in range(int(load.rate * load.seconds))
    )
    schedule.reverse()
    while schedule:
        now = time.monotonic()
        emitted = 0
        while schedule and schedule[-1][0] <= now and emitted < _AT_ONCE:
            due, stream, seq = schedule.pop()
            emit(stream, seq, due)
            emitted += 1
        await asyncio.sleep(0 if emitted == _AT_ONCE else _SLICE_SECONDS)


def stamp(due: float) -> str:
    """The text of a token: when it was due, in microseconds."""
    return str(round(due * 1e6))


class Arrivals:
    """What a reader has got: latencies, and per stream the last moment, which shows order and repeats.

    `complete` is set once `expected` tokens are here.
    """

    def __init__(self, expected: int) -> None:
        self.complete = asyncio.Event()
        self._expected = expected
        self.latencies: list[float] = []
        self.in_order = True
        self._last: dict[object, int] = {}

    def note(self, stream: object, text: str | bytes) -> None:
        """A token of this stream is here."""
        due = int(text)
        self.latencies.append(time.monotonic() - due / 1e6)
        self.in_order = self.in_order and due > self._last.get(stream, 0)
        self._last[stream] = due
        if len(self.latencies) >= self._expected:
            self.complete.set()
