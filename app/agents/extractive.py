"""The rung without a model: it quotes the passages and cites them, and says nothing of its own about the matter."""

from collections.abc import AsyncGenerator, Sequence
from typing import Literal

from app.agents import picks
from app.agents.material import Composed
from app.agents.rung import Assignment, Draft
from app.agents.specialists import roster
from app.errors import ProviderError, ProviderGarbage
from app.retrieval.meaning import Closeness, Meaning, unknown

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
        pieces = list(roster.of(assignment.intent).compose(assignment, await self._close(assignment)))
        if not "".join(pieces).strip():
            raise ProviderGarbage("the passages hold nothing to quote")
        # Past papers place their own lead.
        lead = [Composed(assignment.lead)] if assignment.lead and assignment.listing is None else []
        return Draft(_in_turn([*lead, *pieces]))

    async def _close(self, assignment: Assignment) -> Closeness:
        numbered = assignment.numbered("main")
        if self._meaning is None or not numbered:
            return unknown
        best = picks.ranked(picks.asked(assignment.question, numbered), numbered)[:COMPARED]
        try:
            return await self._meaning.near(assignment.question, [pick.unit.text for pick in best])
        except ProviderError:
            return unknown


async def _in_turn(pieces: Sequence[str]) -> AsyncGenerator[str, None]:
    for piece in pieces:
        yield piece
