"""One chat turn, from the question to the finished answer. Read `run`: it is the whole path."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing

from app.agents import cache_rung, citations, closing, followup, prompts, reach, refusal
from app.agents.answer import Answer, Intent, Tier
from app.agents.ask import Ask
from app.agents.cache_rung import Lookup
from app.agents.events import ChatEvent, Finished, RouteChosen, SourcesFound, StageReached, TextShown
from app.agents.ladder import Ladder, Written
from app.agents.material import Inquiry, Material
from app.agents.rung import WHOLE_SECONDS, Assignment, Rung
from app.agents.specialists import roster
from app.agents.specialists.library import Library, Searcher
from app.agents.supervisor import Domains, Route, Router
from app.db.cache import CacheEntry
from app.errors import ProviderError
from app.retrieval.fact_keys import fact_keys
from app.retrieval.question import normalise
from app.telemetry import get_logger


class ChatTurn:
    """Runs turns, any number at once. Everything it uses is built elsewhere and given to it."""

    def __init__(
        self,
        *,
        router: Router,
        library: Library,
        rungs: Sequence[Rung],
        lookup: Lookup,
        domains: Domains,
    ) -> None:
        self._router = router
        self._library = library
        self._ladder = Ladder(rungs)
        self._lookup = lookup
        self._domains = domains

    @property
    def first_tier(self) -> Tier:
        """The tier of the first configured rung."""
        return self._ladder.rungs[0].tier

    @property
    def retriever(self) -> Searcher:
        """What finds the passages; measurements ask it for what a refusal does not show."""
        return self._library.retriever

    def watched(self, router: Callable[[Router], Router], library: Callable[[Library], Library]) -> "ChatTurn":
        """This turn behind wrappers that look at what is decided and found; for `prashna explain`."""
        return ChatTurn(
            router=router(self._router),
            library=library(self._library),
            rungs=self._ladder.rungs,
            lookup=self._lookup,
            domains=self._domains,
        )

    async def run(self, ask: Ask) -> AsyncGenerator[ChatEvent, None]:
        """Everything the turn says, `Finished` last. Close it to stop the turn.

        After a `Restarted` the route and the sources are said again, so each attempt is complete by itself.
        """
        yield StageReached("routing")
        if entry := await self._stored(ask):
            for event in _replayed(ask, entry):
                yield event
            return
        route = await self._router.route(ask.question, ask.history, ask.log)
        domains = route.domains or self._domains[route.intent]
        yield RouteChosen(route.intent, domains, route.confidence)
        yield StageReached("retrieving")
        material = await self._material(self._inquiry(ask, route, domains), route.intent)
        if not material.passages:
            for event in self._refused(ask, route, material):
                yield event
            return
        assignment = _assignment(ask, route, domains, material)
        yield SourcesFound(assignment.sources)
        yield StageReached("writing")
        async with aclosing(self._ladder.climb(assignment)) as climb:
            async for step in climb:
                yield closing.finished(ask, assignment, material.found, step) if isinstance(step, Written) else step

    async def _stored(self, ask: Ask) -> CacheEntry | None:
        """The stored answer to a follow-up's standalone form; a question without history was looked up at the gate."""
        standalone = followup.standalone(ask.question, ask.history) if ask.history else None
        if standalone is None:
            return None
        try:
            return await self._lookup(standalone, language=ask.language)
        except ProviderError as error:
            get_logger(__name__).warning("cache.not_asked", outcome=error.code)
            return None

    async def _material(self, inquiry: Inquiry, intent: Intent) -> Material:
        material = await roster.of(intent).gather(inquiry, self._library)
        return reach.dated(await reach.widened(material, inquiry, intent, self._library), inquiry.language)

    def _inquiry(self, ask: Ask, route: Route, domains: tuple[str, ...]) -> Inquiry:
        question = route.standalone_question
        # Not the task's own: those are the cache's, and say more than a passage could be found by.
        keys = fact_keys(question)
        return Inquiry(question, ask.language, keys, route.filters, domains, self._domains, ask.log)

    def _refused(self, ask: Ask, route: Route, material: Material) -> Iterator[ChatEvent]:
        said = refusal.not_found(ask.language, material.found.nearest, material.refusal)
        yield SourcesFound(())
        yield StageReached("writing")
        yield TextShown(said)
        yield closing.refused(ask, route.intent, self.first_tier, said, material.found)


def _replayed(ask: Ask, entry: CacheEntry) -> Iterator[ChatEvent]:
    stored = Answer.model_validate(entry.answer)
    route = entry.route
    yield RouteChosen(stored.intent, tuple(route.get("domains", ())), float(route.get("confidence", 1.0)))
    yield SourcesFound(cache_rung.sources_of(entry))
    yield TextShown(stored.text)
    finished: Finished = closing.from_stored(ask, stored, entry=entry.id, fallback=False)
    yield finished


def _assignment(ask: Ask, route: Route, domains: tuple[str, ...], material: Material) -> Assignment:
    same = route.standalone_question == ask.question
    return Assignment(
        question=route.standalone_question,
        normalised=ask.normalised if same else normalise(route.standalone_question),
        language=ask.language,
        intent=route.intent,
        domains=domains,
        confidence=route.confidence,
        passages=material.passages,
        sources=citations.sources(material.passages),
        history=ask.history,
        prompt=prompts.load(route.intent),
        log=ask.log,
        deadline=asyncio.get_running_loop().time() + WHOLE_SECONDS,
        roles=material.roles,
        filters=material.filters,
        listing=material.listing,
        lead=material.lead,
        brief=material.brief,
        max_tokens=roster.of(route.intent).max_tokens,
    )
