"""The rung without a model: it quotes the passages and cites them, and says nothing of its own about the matter."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Literal

from app.agents import picks
from app.agents.material import Composed
from app.agents.rung import Assignment, Draft
from app.agents.specialists import roster
from app.errors import ProviderError, ProviderGarbage
from app.retrieval.meaning import Closeness, Meaning, unknown
from app.retrieval.passage import Passage
from app.telemetry import get_logger

# So many sentences, the best by their words, are compared with the question by meaning too.
COMPARED = 40


class ExtractiveRung:
    """Lets the intent's specialist arrange quotes; with a `meaning`, it chooses them by meaning too."""

    tier: Literal["extractive"] = "extractive"
    model: str | None = None

    def __init__(self, meaning: Meaning | None = None) -> None:
        self._meaning = meaning

    async def open(self, assignment: Assignment) -> Draft:
        """The quoted answer as a draft.

        Raises:
            ProviderGarbage: there is nothing to quote.
        """
        close = await self._close(assignment)
        pieces = await asyncio.to_thread(_composed, assignment, close or unknown)
        if not "".join(pieces).strip():
            raise ProviderGarbage("the passages hold nothing to quote")
        # Past papers place their own lead.
        lead = [Composed(assignment.lead)] if assignment.lead and assignment.listing is None else []
        return Draft(_in_turn([*lead, *pieces]), degraded=close is None)

    async def _close(self, assignment: Assignment) -> Closeness | None:
        """How near the sentences of the passages are in meaning; None where the embedder is away."""
        numbered = assignment.numbered("main")
        if self._meaning is None or not numbered:
            return unknown
        compared = await asyncio.to_thread(_best_worded, assignment.question, numbered)
        try:
            return await self._meaning.near(assignment.question, compared)
        except ProviderError as error:
            get_logger(__name__).warning("quotes.not_embedded", outcome=error.code)
            return None


def _best_worded(question: str, numbered: Sequence[tuple[int, Passage]]) -> list[str]:
    """10 to 20 ms, up to 100 on many passages: for a thread."""
    return [pick.unit.text for pick in picks.ranked(picks.asked(question, numbered), numbered)[:COMPARED]]


def _composed(assignment: Assignment, close: Closeness) -> list[str]:
    """15 to 25 ms, up to 130 for an essay: for a thread."""
    return list(roster.of(assignment.intent).compose(assignment, close))


async def _in_turn(pieces: Sequence[str]) -> AsyncGenerator[str, None]:
    for piece in pieces:
        yield piece
