"""One chat turn, from the question to the finished answer. Read `run`: it is the whole path."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing

from app.agents import cache_rung, citations, closing, followup, on_day, prompts, reach, refusal
from app.agents.answer import Answer, Tier
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
from app.db.snapshot import Snapshot
from app.errors import ProviderError
from app.retrieval import as_on
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

        All that it searches is searched in one snapshot: a cutover in the meantime changes nothing for it.

        After a `Restarted` the route and the sources are said again, so each attempt is complete by itself.
        """
        yield StageReached("routing")
        if entry := await self._stored(ask):
            for event in _replayed(ask, entry):
                yield event
            return
        snapshot = await self._library.retriever.snapshot()
        route = await self._router.route(ask.question, ask.history, ask.log)
        domains = route.domains or self._domains[route.intent]
        yield RouteChosen(route.intent, domains, route.confidence)
        yield StageReached("retrieving")
        inquiry = self._inquiry(ask, route, domains, snapshot)
        material = await self._material(inquiry, route)
        if not material.passages:
            for event in self._refused(ask, route, material):
                yield event
            return
        assignment = _assignment(ask, route, inquiry, material)
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

    async def _material(self, inquiry: Inquiry, route: Route) -> Material:
        asked = as_on.read(route.standalone_question)
        if asked and (refused := on_day.impossible(asked, inquiry)):
            return refused
        material = await roster.of(route.intent).gather(inquiry, self._library)
        material = await reach.widened(material, inquiry, route.intent, self._library)
        return on_day.said(reach.dated(material, inquiry.language), inquiry)

    def _inquiry(self, ask: Ask, route: Route, domains: tuple[str, ...], snapshot: Snapshot) -> Inquiry:
        question = route.standalone_question
        if asked := as_on.read(question):
            question, snapshot = asked.question, snapshot.on(asked.day(snapshot.today))
        # Not the task's own: those are the cache's, and say more than a passage could be found by.
        keys = fact_keys(question)
        return Inquiry(question, ask.language, keys, route.filters, domains, self._domains, snapshot, ask.log)

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


def _assignment(ask: Ask, route: Route, inquiry: Inquiry, material: Material) -> Assignment:
    same = inquiry.question == ask.question
    return Assignment(
        question=inquiry.question,
        normalised=ask.normalised if same else normalise(inquiry.question),
        language=ask.language,
        intent=route.intent,
        domains=inquiry.domains,
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
        day=inquiry.snapshot.day,
    )
