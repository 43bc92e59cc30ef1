"""The way down the rungs, from the best configured one to an honest message.

A fall before the first shown word is silent; after it everything shown is void, and `Restarted` says so.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from app.agents import refusal
from app.agents.answer import Answer, Source, Tier
from app.agents.events import Restarted, RouteChosen, SourcesFound, TextShown
from app.agents.rung import Assignment, Rung
from app.agents.showing import NothingSupportedError, Showing
from app.agents.verifier import Checker
from app.agents.withheld import Withheld
from app.errors import CallRefused, ProviderError
from app.telemetry import get_logger


@dataclass(frozen=True, slots=True)
class Written:
    """How the climb ended. `text` is what is shown now; `fell` that a rung below the first one answered, or with less
    than it should have had.

    `withheld` counts what this rung wrote and was not shown, `kept` the sentences that were; `left_out` has the
    sentences that were not, of all rungs.
    """

    text: str
    tier: Tier
    model: str | None
    fell: bool
    withheld: int
    sources: tuple[Source, ...]
    stored: Answer | None = None
    entry: UUID | None = None
    kept: int = 0
    left_out: tuple[Withheld, ...] = ()


ClimbEvent = RouteChosen | SourcesFound | TextShown | Restarted | Written


class Ladder:
    """The configured rungs, best first."""

    def __init__(self, rungs: Sequence[Rung]) -> None:
        self.rungs = tuple(rungs)

    async def climb(self, assignment: Assignment) -> AsyncGenerator[ClimbEvent, None]:
        """What is shown, rung by rung, and at last one `Written`.

        After a `Restarted` the route and the sources are said again, as a new attempt needs them.
        """
        shown: Showing | None = None
        left_out: list[Withheld] = []
        failure: ProviderError | None = None
        checker = Checker(assignment.passages, secret=assignment.prompt.text)
        await asyncio.to_thread(checker.prepare)
        for number, rung in enumerate(self.rungs):
            if shown and shown.text:
                for event in _void(self.rungs[number - 1], assignment):
                    yield event
            shown = Showing(rung.tier, checker, assignment.passages)
            try:
                draft = await rung.open(assignment)
                shown.verified = draft.stored is not None
                if draft.sources is not None:
                    yield SourcesFound(draft.sources)
                async with aclosing(shown.sentences(draft)) as sentences:
                    async for sentence in sentences:
                        yield TextShown(sentence)
            except ProviderError as error:
                log = get_logger(__name__)
                say = log.info if isinstance(error, CallRefused) else log.warning
                say("tier.failed", tier=rung.tier, model=rung.model, code=error.code)
                left_out += shown.withheld
                failure = error
                continue
            used = assignment.sources if draft.sources is None else draft.sources
            told = (shown.text, rung.tier, rung.model, number > 0 or draft.degraded, len(shown.withheld), used)
            yield Written(*told, draft.stored, draft.entry, shown.kept, (*left_out, *shown.withheld))
            return
        if shown and shown.text:
            for event in _void(self.rungs[-1], assignment):
                yield event
        unsupported = isinstance(failure, NothingSupportedError)
        for ending in self._given_up(assignment, tuple(left_out), unsupported=unsupported):
            yield ending

    def _given_up(
        self, assignment: Assignment, left_out: tuple[Withheld, ...], *, unsupported: bool
    ) -> Iterator[TextShown | Written]:
        """The end below the last rung: a refusal where what it wrote was not supported, else the plain truth."""
        titles = tuple(dict.fromkeys(passage.title for passage in assignment.passages))
        said = refusal.unavailable(assignment.language)
        tier: Tier = "none"
        if unsupported:
            said, tier = refusal.not_found(assignment.language, titles), self.rungs[-1].tier
        yield TextShown(said)
        fell = not unsupported or len(self.rungs) > 1
        yield Written(said, tier, None, fell, len(left_out), assignment.sources, left_out=left_out)


def _void(rung: Rung, assignment: Assignment) -> Iterator[Restarted | RouteChosen | SourcesFound]:
    yield Restarted(f"{rung.tier}_failed")
    yield RouteChosen(assignment.intent, assignment.domains, assignment.confidence)
    yield SourcesFound(assignment.sources)
