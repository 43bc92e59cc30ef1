"""`prashna explain`: the service's own objects asked one question, and everything they decide on the way, told.

It only looks: every transaction is read-only, no task, no turn, no quota unit, no cache entry, no counted hit.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from uuid import UUID

from app.agents.ask import Ask
from app.agents.events import ChatEvent, Finished, RouteChosen, SourcesFound
from app.agents.turn import ChatTurn
from app.db import engine, passages
from app.errors import Busy
from app.local.explain.cache_decision import CacheDesk
from app.local.explain.explanation import Answered, Asked, Explanation, Retrieval, Routed, Shown
from app.local.explain.steps import Step
from app.local.explain.watch import SHOWN, Watch
from app.resources import Resources, open_resources, open_turn
from app.retrieval.fact_keys import fact_keys
from app.retrieval.passage import Passage
from app.settings import Settings

Say = Callable[[Explanation], None]
# The embedded model works in one thread of its own; past this more questions only wait for it.
AT_ONCE = 4
# So many are begun at most while the oldest of them is not done.
_BEGUN = 4 * AT_ONCE


async def run(settings: Settings, dsn: str, asked: Sequence[str], steps: frozenset[Step], say: Say) -> None:
    """Explain cleaned questions, in their order, each as soon as it is its turn.

    Raises:
        Busy: the database is overloaded.
    """
    try:
        async with open_explainer(settings, dsn, steps) as explainer:
            async for explanation in _in_order(explainer, asked):
                say(explanation)
    except engine.Overloaded as error:
        raise Busy("the database takes too long or has no more room; try again when it is less busy") from error


@asynccontextmanager
async def open_explainer(settings: Settings, dsn: str, steps: frozenset[Step]) -> AsyncIterator["Explainer"]:
    """The pipeline as the settings say. Without the answer step no model is called but the namespaces' embedders."""
    async with open_resources(settings, engine.read_only(dsn), application="explain") as resources:
        if steps == {"cache"}:
            yield Explainer(resources, None, steps)
            return
        used = resources if "answer" in steps else replace(resources, settings=_without_models(settings))
        async with open_turn(used) as turn:
            # The cache is asked with the real settings: what is stored hangs on who answers.
            yield Explainer(resources, turn, steps)


class Explainer:
    """Explains questions, any number at once."""

    def __init__(self, resources: Resources, turn: ChatTurn | None, steps: frozenset[Step]) -> None:
        self._resources = resources
        self._turn = turn
        self._steps = steps
        self._cache = CacheDesk(resources)

    async def explain(self, question: str) -> Explanation:
        """What the steps asked for say of a cleaned question, asked first in a session."""
        ask = Ask.alone(question)
        watch = Watch()
        heard = await self._heard(watch.over(self._turn), ask) if self._turn else []
        return Explanation(
            question,
            routed=_routed(watch, heard) if "route" in self._steps else None,
            retrieval=await self._retrieval(ask, watch, heard) if "retrieve" in self._steps else None,
            cache=await self._cache.decide(ask) if "cache" in self._steps else None,
            answered=_answered(heard) if "answer" in self._steps else None,
        )

    async def _heard(self, turn: ChatTurn, ask: Ask) -> list[ChatEvent]:
        """What the turn says, as far as the steps need it."""
        last = _last_needed(self._steps)
        heard: list[ChatEvent] = []
        async with aclosing(turn.run(ask)) as events:
            async for event in events:
                heard.append(event)
                if isinstance(event, last):
                    break
        return heard

    async def _retrieval(self, ask: Ask, watch: Watch, heard: Sequence[ChatEvent]) -> Retrieval:
        # The first: a rung that fell through to a stored answer brings that answer's own sources.
        given = next((event.sources for event in heard if isinstance(event, SourcesFound)), ())
        numbers = {source.parent_id: source.n for source in given}
        searches = [(one, one.found) for one in watch.searches if one.found]
        if not searches:
            await self._search(ask, watch, heard)
        shown = ranked(watch, numbers)
        keys = await self._document_keys(shown)
        return Retrieval(
            passages=tuple(Shown(one, keys.get(one.parent_id), numbers.get(one.parent_id)) for one in shown),
            searches=tuple(
                Asked(one.question, one.domains, found.answerable, found.reason, len(found.passages))
                for one, found in searches
            ),
            answerable=bool(given),
            nearest=watch.nearest,
            degraded=any(found.degraded for _, found in searches),
        )

    async def _search(self, ask: Ask, watch: Watch, heard: Sequence[ChatEvent]) -> None:
        """What words and meaning find where the specialist had no need of them: it went by year, paper and topic."""
        domains = next((event.domains for event in heard if isinstance(event, RouteChosen)), ())
        if self._turn:
            retriever = watch.over(self._turn).retriever
            await retriever.search(
                ask.question,
                snapshot=await retriever.snapshot(),
                domains=domains,
                keys=fact_keys(ask.question),
                log=ask.log,
                limit=SHOWN,
            )

    async def _document_keys(self, shown: Sequence[Passage]) -> dict[UUID, str]:
        keys: dict[UUID, str] = {}
        for domain in {one.domain for one in shown}:
            ids = [one.parent_id for one in shown if one.domain == domain]
            stored = await passages.keyed(self._resources.pool, domain, ids)
            keys |= {parent: one.key for parent, one in stored.items()}
        return keys


def ranked(watch: Watch, numbers: Mapping[UUID, int]) -> list[Passage]:
    """What was found, best first: up to ten, and whatever else the answer is written from.

    Past questions that fit the filters come first, then what the search for the question itself found, then what was
    gathered beside it; where that search was no evidence and another one was, what the other found comes first.
    """
    found = watch.passages
    used = [found[parent] for parent in sorted(numbers, key=lambda parent: numbers[parent]) if parent in found]
    first = _rows(watch, numbers) if watch.rows or watch.has_evidence else used
    in_order = list({one.parent_id: one for one in (*first, *watch.ranking, *used)})
    return [found[parent] for rank, parent in enumerate(in_order) if rank < SHOWN or parent in numbers]


def _rows(watch: Watch, numbers: Mapping[UUID, int]) -> tuple[Passage, ...]:
    """The past questions, best first; in the answer's order where none is better, for want of a topic."""
    if len({(row.score, row.dense) for row in watch.rows}) > 1:
        return watch.rows
    return tuple(sorted(watch.rows, key=lambda row: numbers.get(row.parent_id, len(numbers) + 1)))


async def _in_order(explainer: Explainer, asked: Sequence[str]) -> AsyncGenerator[Explanation, None]:
    """The explanations in the questions' order, several being made at once."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(question: str) -> Explanation:
        async with places:
            return await explainer.explain(question)

    waiting: deque[asyncio.Task[Explanation]] = deque()
    try:
        for question in asked:
            waiting.append(asyncio.create_task(one(question)))
            if len(waiting) >= _BEGUN:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _without_models(settings: Settings) -> Settings:
    models = settings.models.model_copy(update={"choice": "extractive"})
    reranker = settings.reranker.model_copy(update={"choice": "none"})
    return settings.model_copy(update={"models": models, "reranker": reranker})


def _last_needed(steps: frozenset[Step]) -> type[ChatEvent]:
    """The event after which the turn has nothing more to tell these steps."""
    if "answer" in steps:
        return Finished
    return SourcesFound if "retrieve" in steps else RouteChosen


def _routed(watch: Watch, heard: Sequence[ChatEvent]) -> Routed | None:
    chosen = next((event for event in heard if isinstance(event, RouteChosen)), None)
    if chosen is None or watch.route is None:
        return None
    return Routed(watch.route, chosen.domains, fact_keys(watch.route.standalone_question))


def _answered(heard: Sequence[ChatEvent]) -> Answered | None:
    end = next((event for event in heard if isinstance(event, Finished)), None)
    return None if end is None else Answered(end.answer, end.left_out)
