"""One chat turn, from the question to the finished answer. Read `run`: it is the whole path."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import Protocol

from app.agents import cache_rung, citations, closing, followup, prompts, refusal
from app.agents.answer import Answer, Tier
from app.agents.ask import Ask
from app.agents.cache_rung import Lookup
from app.agents.events import ChatEvent, Finished, RouteChosen, SourcesFound, StageReached, TextShown
from app.agents.ladder import Ladder, Written
from app.agents.rung import WHOLE_SECONDS, Assignment, Rung
from app.agents.supervisor import Domains, Route, Router
from app.db.cache import CacheEntry
from app.retrieval.calls import CallLog
from app.retrieval.fact_keys import fact_keys
from app.retrieval.passage import Passage, Retrieved
from app.retrieval.question import normalise
from app.retrieval.reranker import Reranker

PASSAGES = 5


class Searcher(Protocol):
    """The part of the retriever that a turn needs."""

    async def search(
        self, question: str, *, domains: Sequence[str], keys: Sequence[str], log: CallLog, limit: int = PASSAGES
    ) -> Retrieved:
        """The best passages for a standalone question in these domains."""
        ...


class ChatTurn:
    """Runs turns, any number at once. Everything it uses is built elsewhere and given to it.

    `candidates` is how many passages the reranker is given to choose from; without one, as many as are used.
    """

    def __init__(
        self,
        *,
        router: Router,
        retriever: Searcher,
        reranker: Reranker,
        rungs: Sequence[Rung],
        lookup: Lookup,
        domains: Domains,
        candidates: int = PASSAGES,
    ) -> None:
        self._router = router
        self._retriever = retriever
        self._reranker = reranker
        self._ladder = Ladder(rungs)
        self._lookup = lookup
        self._domains = domains
        self._candidates = candidates

    @property
    def first_tier(self) -> Tier:
        """The tier of the first configured rung."""
        return self._ladder.rungs[0].tier

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
        found, passages = await self._find(route, domains, ask)
        if not passages:
            for event in self._refused(ask, route, found):
                yield event
            return
        assignment = _assignment(ask, route, domains, passages)
        yield SourcesFound(assignment.sources)
        yield StageReached("writing")
        async with aclosing(self._ladder.climb(assignment)) as climb:
            async for step in climb:
                yield closing.finished(ask, assignment, found, step) if isinstance(step, Written) else step

    async def _stored(self, ask: Ask) -> CacheEntry | None:
        """The stored answer to a follow-up's standalone form; a question without history was looked up at the gate."""
        standalone = followup.standalone(ask.question, ask.history) if ask.history else None
        if standalone is None:
            return None
        return await self._lookup(normalised=normalise(standalone), language=ask.language)

    async def _find(self, route: Route, domains: Sequence[str], ask: Ask) -> tuple[Retrieved, tuple[Passage, ...]]:
        question = route.standalone_question
        keys = ask.fact_keys if question == ask.question else fact_keys(question)
        found = await self._retriever.search(question, domains=domains, keys=keys, log=ask.log, limit=self._candidates)
        if not found.answerable or not found.passages:
            return found, ()
        ranked = await self._reranker.rerank(question, found.passages, ask.log)
        return found, ranked[:PASSAGES]

    def _refused(self, ask: Ask, route: Route, found: Retrieved) -> Iterator[ChatEvent]:
        said = refusal.not_found(ask.language, found.nearest)
        yield SourcesFound(())
        yield StageReached("writing")
        yield TextShown(said)
        yield closing.refused(ask, route.intent, self.first_tier, said, found)


def _replayed(ask: Ask, entry: CacheEntry) -> Iterator[ChatEvent]:
    stored = Answer.model_validate(entry.answer)
    route = entry.route
    yield RouteChosen(stored.intent, tuple(route.get("domains", ())), float(route.get("confidence", 1.0)))
    yield SourcesFound(cache_rung.sources_of(entry))
    yield TextShown(stored.text)
    finished: Finished = closing.from_stored(ask, stored, fallback=False)
    yield finished


def _assignment(ask: Ask, route: Route, domains: tuple[str, ...], passages: tuple[Passage, ...]) -> Assignment:
    same = route.standalone_question == ask.question
    return Assignment(
        question=route.standalone_question,
        normalised=ask.normalised if same else normalise(route.standalone_question),
        language=ask.language,
        intent=route.intent,
        domains=domains,
        confidence=route.confidence,
        passages=passages,
        sources=citations.sources(passages),
        history=ask.history,
        prompt=prompts.load(route.intent),
        log=ask.log,
        deadline=asyncio.get_running_loop().time() + WHOLE_SECONDS,
    )
