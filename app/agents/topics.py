"""What the content itself says about a question: whether a document of the news or one of facts opens nearer to it.

"What does the Digital Personal Data Protection Act say?" has no word of news in it; only who holds a document on the
Act knows that it is. First chunks name their document's thing, so they are compared, and not every passage: on 127
questions of our own they told 62 in 100 of the plainly worded ones on news from their static neighbours at 5 in 100
mistaken, all passages 46. They are read at a worker's start and now and then again, never for a question.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.agents.answer import Intent
from app.agents.supervisor import Domains
from app.db import search, topics
from app.db.engine import ConnectionLost, DatabaseError, Pool
from app.retrieval.minilm import MiniLM, Vectors
from app.telemetry import get_logger

# Documents of one domain; 1,000 are 1.5 MB. Older news is history.
MOST_DOCUMENTS = 1000
# Content published while a worker runs is known after this long; sooner where there is none yet or it was not read.
SECONDS, SECONDS_SOON = 600.0, 15.0
# Log odds of news for each unit of cosine that a document of news is nearer by than `MARGIN`, at most `MOST`: fitted
# on our own questions so that hardly a question on a static neighbour (1 in 78) turns.
PULL, MARGIN, MOST = 30.0, 0.03, 5.0

_WIDTH = 384


@dataclass(frozen=True, slots=True)
class Openings:
    """Unit vectors of the first chunks: `news` (n, 384) of current affairs, `facts` (m, 384) of the bodies of fact."""

    news: Vectors
    facts: Vectors

    def pull(self, vector: npt.NDArray[np.float32]) -> float:
        """What the content adds to the log odds of news for a question's unit vector, 0 to `MOST`."""
        if not len(self.news) or not len(self.facts):
            return 0.0
        nearer = float((self.news @ vector).max() - (self.facts @ vector).max())
        return min(MOST, max(0.0, PULL * (nearer - MARGIN)))


def openings(news: Sequence[Sequence[float]], facts: Sequence[Sequence[float]]) -> Openings:
    """Openings of vectors that came as lists."""
    return Openings(*(np.asarray(one, np.float32).reshape(-1, _WIDTH) for one in (news, facts)))


NOTHING = openings((), ())
Current = Callable[[], Awaitable[Openings]]


async def nothing() -> Openings:
    """No content to compare with."""
    return NOTHING


class LiveOpenings:
    """The openings of what is live, read again when they are old. Call it for the current ones.

    `renewal` is the last reading, under way or done.
    """

    def __init__(self, pool: Pool, domains: Domains, clock: Callable[[], float] = time.monotonic) -> None:
        """Reads from `pool`, per intent the domains that `domains` names; `clock` tells seconds."""
        self._pool = pool
        self._domains = domains
        self._clock = clock
        self._held = NOTHING
        self._next = -math.inf
        self.renewal: asyncio.Task[None] | None = None

    async def __call__(self) -> Openings:
        """The last openings read. Only the first call waits for them: later ones are read beside the questions."""
        if self._clock() >= self._next and (self.renewal is None or self.renewal.done()):
            first = self.renewal is None
            self.renewal = asyncio.create_task(self._renew())
            if first:
                await self.renewal
        return self._held

    async def _renew(self) -> None:
        seconds = SECONDS_SOON
        try:
            news = await self._read("current_affairs")
            # Without news there is nothing to tell from it.
            facts = await self._read("factual") if news else []
            # A thousand documents of each domain take a tenth of a second.
            self._held = await asyncio.to_thread(openings, news, facts)
            seconds = SECONDS if news else SECONDS_SOON
        except (DatabaseError, TimeoutError, *ConnectionLost) as error:
            get_logger(__name__).warning("openings.not_read", error=type(error).__name__)
        self._next = self._clock() + seconds

    async def _read(self, intent: Intent) -> list[list[float]]:
        """Of an intent's domains; none when one is embedded by another model, whose vectors cannot be compared."""
        spaces = await search.namespaces(self._pool, self._domains.get(intent, ()))
        if any(space.model != MiniLM.name for space in spaces):
            return []
        found = [await topics.openings(self._pool, space, limit=MOST_DOCUMENTS) for space in spaces]
        return [vector for vectors in found for vector in vectors]
