"""The way down the rungs, from the best configured one to an honest message.

A fall before the first shown word is silent; after it everything shown is void, and `Restarted` says so.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from app.agents import refusal, verifier
from app.agents.answer import Answer, Source, Tier
from app.agents.events import Restarted, RouteChosen, SourcesFound, TextShown
from app.agents.rung import Assignment, Draft, Rung
from app.agents.sentences import Splitter
from app.errors import ProviderError
from app.retrieval.passage import Passage
from app.telemetry import get_logger


@dataclass(frozen=True, slots=True)
class Written:
    """How the climb ended. `text` is what is shown now; `fell` that a rung below the first one answered."""

    text: str
    tier: Tier
    model: str | None
    fell: bool
    withheld: int
    sources: tuple[Source, ...]
    stored: Answer | None = None


ClimbEvent = RouteChosen | SourcesFound | TextShown | Restarted | Written


class Ladder:
    """The configured rungs, best first."""

    def __init__(self, rungs: Sequence[Rung]) -> None:
        self.rungs = tuple(rungs)

    async def climb(self, assignment: Assignment) -> AsyncGenerator[ClimbEvent, None]:
        """What is shown, rung by rung, and at last one `Written`.

        After a `Restarted` the route and the sources are said again, as a new attempt needs them.
        """
        shown: _Shown | None = None
        for number, rung in enumerate(self.rungs):
            if shown and shown.text:
                yield Restarted(f"{self.rungs[number - 1].tier}_failed")
                yield RouteChosen(assignment.intent, assignment.domains, assignment.confidence)
                yield SourcesFound(assignment.sources)
            shown = _Shown(assignment.passages)
            try:
                draft = await rung.open(assignment)
                shown.verified = draft.stored is not None
                if draft.sources is not None:
                    yield SourcesFound(draft.sources)
                async with aclosing(shown.sentences(draft)) as sentences:
                    async for sentence in sentences:
                        yield TextShown(sentence)
            except ProviderError as error:
                get_logger(__name__).warning("tier.failed", tier=rung.tier, model=rung.model, code=error.code)
                continue
            used = assignment.sources if draft.sources is None else draft.sources
            yield Written(shown.text, rung.tier, rung.model, number > 0, shown.withheld, used, draft.stored)
            return
        if shown and shown.text:
            yield Restarted(f"{self.rungs[-1].tier}_failed")
            yield RouteChosen(assignment.intent, assignment.domains, assignment.confidence)
            yield SourcesFound(assignment.sources)
        said = refusal.unavailable(assignment.language)
        yield TextShown(said)
        yield Written(said, "none", None, fell=True, withheld=0, sources=assignment.sources)


class _Shown:
    """Lets whole, verified sentences of a draft through and remembers them."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self.text = ""
        self.withheld = 0
        # A stored answer passed the verifier when it was written, with passages of its own.
        self.verified = False

    async def sentences(self, draft: Draft) -> AsyncGenerator[str, None]:
        splitter = Splitter()
        async with aclosing(draft.text) as pieces:
            async for piece in pieces:
                for sentence in splitter.feed(piece):
                    if passed := self._pass(sentence):
                        yield passed
        for sentence in splitter.finish():
            if passed := self._pass(sentence):
                yield passed

    def _pass(self, sentence: str) -> str:
        verdict = verifier.Verdict(sentence) if self.verified else verifier.verify(sentence, self._passages)
        if verdict.text is None:
            self.withheld += 1
            return ""
        self.text += verdict.text
        return verdict.text
