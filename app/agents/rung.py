"""What a rung of the ladder is: what it is asked to write, and what it gives back."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from app.agents.answer import Answer, Intent, Source, Tier
from app.agents.exchange import Exchange
from app.agents.material import NO_FILTERS, Role
from app.agents.prompts import Prompt
from app.agents.supervisor import Filters
from app.agents.withheld import Withheld
from app.errors import ProviderError, ProviderTimeout
from app.retrieval.calls import CallLog
from app.retrieval.passage import Passage
from app.retrieval.past_questions import Listing

# Seconds for all rungs together, so that even the honest message comes in time.
WHOLE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a rung is asked to write: a standalone question, its passages numbered from 1, and who writes how.

    `deadline` is the event loop's time at which the whole answer must be there. `roles` say what each passage was
    gathered for (empty: all for the question itself). `lead` is ours and stands before what a model writes; `brief` is
    ours and is added to its task. `day` is the one that the question asks about; `question` does not name it any more.
    """

    question: str
    normalised: str
    language: str
    intent: Intent
    domains: tuple[str, ...]
    confidence: float
    passages: tuple[Passage, ...]
    sources: tuple[Source, ...]
    history: tuple[Exchange, ...]
    prompt: Prompt
    log: CallLog
    deadline: float
    roles: tuple[Role, ...] = ()
    filters: Filters = NO_FILTERS
    listing: Listing | None = None
    lead: str = ""
    brief: str = ""
    max_tokens: int = 900
    day: date | None = None

    def numbered(self, *roles: Role) -> list[tuple[int, Passage]]:
        """The passages gathered in these roles, with their numbers."""
        given = self.roles or ("main",) * len(self.passages)
        return [(n, one) for n, (one, role) in enumerate(zip(self.passages, given, strict=True), 1) if role in roles]


Again = Callable[[str, tuple[Withheld, ...]], AsyncGenerator[str, None]]


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer being written: its text as it comes. `stored` is set when it was written for an earlier question, and
    `entry` is the cache entry that holds it.

    A piece that is `Composed` is whole, ours, and shown without a check. `again` asks the writer once more for what was
    withheld, given the shown text. `degraded` says that what it was to be written with was away: it is no answer for
    the next student.
    """

    text: AsyncGenerator[str, None]
    stored: Answer | None = None
    sources: tuple[Source, ...] | None = None
    entry: UUID | None = None
    again: Again | None = None
    degraded: bool = False


class Rung(Protocol):
    """One that can answer."""

    @property
    def tier(self) -> Tier:
        """The name under which it answers."""
        ...

    @property
    def model(self) -> str | None:
        """The model behind it, if there is one."""
        ...

    async def open(self, assignment: Assignment) -> Draft:
        """Begin to write. It and the draft's text raise ProviderError (or one of its kinds) to pass it on downwards."""
        ...


class NothingStoredError(ProviderError):
    """The cache holds no answer to this question."""

    code = "nothing_stored"


def seconds_left(assignment: Assignment) -> float:
    """Seconds until the answer must be whole.

    Raises:
        ProviderTimeout: none are left.
    """
    left = assignment.deadline - asyncio.get_running_loop().time()
    if left <= 0:
        raise ProviderTimeout
    return left
