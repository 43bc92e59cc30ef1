"""What the students of one experiment did and got: the clients' side of every invariant."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from support.event_reader import ENDS, Event


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply to one request; times are of the monotonic clock."""

    began: float
    ended: float
    path: str
    status: int
    retry_after: str | None


@dataclass(slots=True)
class Asked:
    """One question of one student, and all that came of it."""

    student: str
    question: str
    key: str
    task: UUID | None = None
    accepted: float = 0.0
    events: list[Event] = field(default_factory=list)
    heard: list[float] = field(default_factory=list)
    attached: list[float] = field(default_factory=list)
    connections: int = 0
    retry: float = 1.0
    followed: bool = False
    given_up: str = ""

    @property
    def ended(self) -> bool:
        """Has the reader seen the end?"""
        return bool(self.events) and self.events[-1].name in ENDS

    @property
    def talking(self) -> bool:
        """Has the reader seen words, and not yet the end?"""
        return not self.ended and any(event.name == "token" for event in self.events)

    def first_after(self, moment: float, name: str | None = None) -> float | None:
        """Seconds from `moment` to the first event (of this name) after it."""
        for event, heard in zip(self.events, self.heard, strict=True):
            if heard > moment and name in (None, event.name):
                return heard - moment
        return None


@dataclass(slots=True)
class Window:
    """While a fault lasts and until it is over; `end` None while it does."""

    begin: float
    end: float | None = None


@dataclass
class Ledger:
    """Everything, in the order it happened."""

    asked: list[Asked] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)

    @asynccontextmanager
    async def window(self) -> AsyncIterator[None]:
        """Within this block requests may be refused with 503."""
        window = Window(time.monotonic())
        self.windows.append(window)
        try:
            yield
        finally:
            window.end = time.monotonic()

    def in_window(self, reply: Reply) -> bool:
        """Did the request and a window overlap?"""
        return any(reply.ended >= one.begin and (one.end is None or reply.began <= one.end) for one in self.windows)

    def since_window(self, reply: Reply) -> float:
        """Seconds from the end of the last window before this request to its beginning; infinite without one."""
        ends = [one.end for one in self.windows if one.end and one.end <= reply.began]
        return reply.began - max(ends, default=float("-inf"))

    @property
    def last_fault(self) -> float:
        """When the last window was closed; now where there was none."""
        return max((one.end or time.monotonic() for one in self.windows), default=time.monotonic())
