"""How long the stream writer gathers before it writes, found out from what it has just seen."""

from collections.abc import Iterable
from uuid import UUID

SHORTEST_SECONDS = 0.005
LONGEST_SECONDS = 0.1
# 40 ms for a thousand streams: the least that kept the database's work for each token small (docs/benchmarks.md).
SECONDS_A_STREAM = 40e-6
# The database shall spend at most half of its time on one writer's statements.
STATEMENTS_A_TICK = 2
# A statement counts a fifth in the average, so that one hiccup of a disk does not slow everybody down.
_WEIGHT = 0.2
# A stream is active when it had a chunk within the last one or two spans of this length.
_SPAN_SECONDS = 0.25


class Tick:
    """`seconds` from one statement's start to the next one's: few streams get a short one, load makes it longer.

    Between `shortest` and `longest` it follows the number of active streams and the time that statements take, up and
    down. The clock is the caller's, in seconds.
    """

    def __init__(self, shortest: float = SHORTEST_SECONDS, longest: float = LONGEST_SECONDS) -> None:
        self._shortest = shortest
        self._longest = longest
        self._statement = 0.0
        self._now: set[UUID] = set()
        self._before = 0
        self._began = 0.0

    @property
    def seconds(self) -> float:
        """What is measured now asks for this."""
        wanted = max(self.streams * SECONDS_A_STREAM, self._statement * STATEMENTS_A_TICK)
        return min(max(wanted, self._shortest), self._longest)

    @property
    def streams(self) -> int:
        """How many streams are active."""
        return max(len(self._now), self._before)

    def flushed(self, tasks: Iterable[UUID], *, began: float, ended: float) -> None:
        """One statement has written chunks of these tasks."""
        self._statement += _WEIGHT * (ended - began - self._statement)
        if began - self._began >= _SPAN_SECONDS:
            # After a pause nobody was active in the span before.
            self._before = len(self._now) if began - self._began < 2 * _SPAN_SECONDS else 0
            self._now, self._began = set(), began
        self._now.update(tasks)
