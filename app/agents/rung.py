"""What a rung of the ladder is: what it is asked to write, and what it gives back."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from app.agents.answer import Answer, Intent, Source, Tier
from app.agents.exchange import Exchange
from app.agents.prompts import Prompt
from app.errors import ProviderError, ProviderTimeout
from app.retrieval.calls import CallLog
from app.retrieval.passage import Passage

# Seconds for all rungs together, so that even the honest message comes in time.
WHOLE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a rung is asked to write: a standalone question, its passages numbered from 1, and who writes how.

    `deadline` is the event loop's time at which the whole answer must be there.
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


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer being written: its text as it comes. `stored` is set when it was written for an earlier question."""

    text: AsyncGenerator[str, None]
    stored: Answer | None = None
    sources: tuple[Source, ...] | None = None


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
