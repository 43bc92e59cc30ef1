"""Asks the real pipeline: the same turn that a chat worker opens, one question after the other, a few at a time."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from uuid import UUID

from app.agents.answer import Source
from app.agents.ask import Ask
from app.agents.events import Finished, RouteChosen, SourcesFound
from app.agents.turn import ChatTurn
from app.db import engine, passages
from app.errors import PrashnaError
from app.resources import Resources, open_resources, open_retriever, open_turn
from app.retrieval.calls import CallLog
from app.retrieval.fact_keys import fact_keys
from app.retrieval.retriever import Retriever
from app.settings import Settings
from evals.gate.errors import NotRun
from evals.gate.golden import Item
from evals.gate.output import Output, UsedPassage
from evals.gate.progress import Progress

# The embedded model works in one thread of its own; past this more questions only wait for it.
AT_ONCE = 4
# A provider's own deadlines end a slow answer long before.
QUESTION_SECONDS = 120.0
FOUND = 5
_SAY_EVERY = 40


async def run(
    settings: Settings, dsn: str, items: Sequence[Item], progress: Progress, *, instead: Sequence[UUID] = ()
) -> list[Output]:
    """What the pipeline says to each item, in order; `instead` as in `open_turn`.

    A question that fails is an output with `error`, which counts as unmeasured.

    Raises:
        NotRun: the pipeline could not be opened.
    """
    try:
        async with (
            open_resources(settings, dsn, application="eval") as resources,
            open_turn(resources, instead=instead) as turn,
            open_retriever(resources, instead=instead) as retriever,
        ):
            return await _Asking(resources, turn, retriever, progress, len(items)).all(items)
    except (PrashnaError, engine.DatabaseError, *engine.ConnectionLost) as error:
        raise NotRun(f"the pipeline could not be run: {error}") from error


class _Asking:
    def __init__(
        self, resources: Resources, turn: ChatTurn, retriever: Retriever, progress: Progress, total: int
    ) -> None:
        self._resources = resources
        self._turn = turn
        self._retriever = retriever
        self._progress = progress
        self._places = asyncio.Semaphore(AT_ONCE)
        self._done = 0
        self._total = total

    async def all(self, items: Sequence[Item]) -> list[Output]:
        return await asyncio.gather(*(self._one(item) for item in items))

    async def _one(self, item: Item) -> Output:
        async with self._places:
            try:
                async with asyncio.timeout(QUESTION_SECONDS):
                    output = await self._asked(item)
            except (PrashnaError, engine.DatabaseError, *engine.ConnectionLost, TimeoutError) as error:
                output = _failed(item, error)
        self._done += 1
        if not self._done % _SAY_EVERY or self._done == self._total:
            self._progress.say(f"asked {self._done} of {self._total} questions")
        return output

    async def _asked(self, item: Item) -> Output:
        ask = Ask.alone(item.question)
        route, sources, finished = await self._heard(ask)
        answer = finished.answer
        if answer.tier == "none":
            return _failed(item, TimeoutError("no rung answered"))
        used = await self._used([(source.n, source.domain, source.parent_id, source.title) for source in sources])
        return Output(
            id=item.id,
            text=answer.text,
            refused=answer.refused,
            intent=route.intent,
            domains=tuple(route.domains),
            passages=used,
            found=tuple(dict.fromkeys(passage.key for passage in used or await self._found(ask, route.domains))),
            tier=answer.tier,
            withheld=finished.withheld,
            ms=answer.latency_ms,
        )

    async def _heard(self, ask: Ask) -> tuple[RouteChosen, tuple[Source, ...], Finished]:
        """What a turn says last of each kind: a rung that fell is not what the student is left with."""
        route: RouteChosen | None = None
        sources: tuple[Source, ...] = ()
        finished: Finished | None = None
        async with aclosing(self._turn.run(ask)) as events:
            async for event in events:
                match event:
                    case RouteChosen():
                        route = event
                    case SourcesFound(found):
                        sources = found
                    case Finished():
                        finished = event
        if finished is None or route is None:
            raise RuntimeError("a turn ended without a route or without Finished")
        return route, sources, finished

    async def _found(self, ask: Ask, domains: Sequence[str]) -> tuple[UsedPassage, ...]:
        """What was retrieved for a question that was refused."""
        found = await self._retriever.search(
            ask.question,
            snapshot=await self._retriever.snapshot(),
            domains=domains,
            keys=fact_keys(ask.question),
            log=CallLog(),
            limit=FOUND,
        )
        return await self._used([(n, one.domain, one.parent_id, one.title) for n, one in enumerate(found.passages, 1)])

    async def _used(self, listed: Sequence[tuple[int, str, UUID, str]]) -> tuple[UsedPassage, ...]:
        """(n, domain, parent id, title) with what is stored for them."""
        stored: dict[UUID, passages.KeyedPassage] = {}
        for domain in {domain for _, domain, _, _ in listed}:
            ids = [parent for _, home, parent, _ in listed if home == domain]
            stored |= await passages.keyed(self._resources.pool, domain, ids)
        return tuple(
            UsedPassage(n=n, domain=domain, key=stored[parent].key, title=title, text=stored[parent].text)
            for n, domain, parent, title in listed
            if parent in stored
        )


def _failed(item: Item, error: BaseException) -> Output:
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Output(id=item.id, text="", refused=False, intent="", domains=(), passages=(), tier="none", error=said)
