"""Answers given and stored along the way, and what is served of them afterwards."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from stand_in import StandIn
from support.questions import PROMPT_SET, answer

from app.db import cache, engine
from app.db.cache import CacheKey
from app.retrieval import question as questions
from app.retrieval.calls import CallLog
from app.retrieval.fact_keys import fact_keys
from app.retrieval.guard.guarded import guard
from app.retrieval.retriever import Retriever

QUESTIONS = (
    "Who certifies a Money Bill?",
    "During whose pleasure does the Governor hold office?",
    "What happens to the Speaker when the House is dissolved?",
    "What is said under article-3?",
)


@dataclass(frozen=True)
class Given:
    """A stored answer: its question, the versions that it cites, the namespaces that were searched for it."""

    question: str
    versions: frozenset[UUID]
    spaces: frozenset[UUID]


@dataclass
class Answers:
    """Asks the same questions again and again, of one domain. `given` is kept here, whatever becomes of the cache."""

    pool: engine.Pool
    retriever: Retriever
    stand_in: StandIn
    domain: str
    given: dict[str, Given] = field(default_factory=dict)

    async def faults(self) -> list[str]:
        """Ask every question: what is served that should not be, or not served that should. New answers are stored."""
        rows = await self.pool.fetch(
            f"""SELECT id FROM {self.domain}.versions WHERE status = 'live'
                AND daterange(effective_from, effective_to) @> chat.today()"""
        )
        live = {row["id"] for row in rows}
        active = {one.id for one in (await self.retriever.snapshot()).of([self.domain])}
        found = [await self._fault(question, live, active) for question in QUESTIONS]
        return [fault for fault in found if fault]

    async def _fault(self, question: str, live: set[UUID], active: set[UUID]) -> str:
        key = await self._key(question)
        served = await cache.lookup(self.pool, key, language="en", prompt_set=self._prompt_set, threshold=0.92)
        if served is not None:
            given = self.given[served.route["given"]]
            return "" if _holds(given, live, active) else f"{question!r} is served {given}, live are {live}, {active}"
        silent = [one for one in self.given.values() if one.question == question and _holds(one, live, active)]
        if silent:
            return f"{question!r} is not served {silent}, though all of it is live"
        await self._answer(question, key)
        return ""

    async def _answer(self, question: str, key: CacheKey) -> None:
        snapshot = await self.retriever.snapshot()
        found = await self.retriever.search(
            question, snapshot=snapshot, domains=[self.domain], keys=fact_keys(question), log=CallLog()
        )
        if not found.passages:
            return
        task = uuid4()
        spaces = {one.domain: one.id for one in snapshot.namespaces}
        versions = [(one.domain, one.version_id, spaces[one.domain]) for one in found.passages]
        self.given[str(task)] = Given(
            question, frozenset(version for _, version, _ in versions), frozenset(found.namespaces)
        )
        entry = cache.NewEntry(
            question=question, key=key, language="en", prompt_set=self._prompt_set, route={"given": str(task)},
            sources=[], answer=answer(task), lifetime=timedelta(days=1), versions=versions, namespaces=found.namespaces,
        )  # fmt: skip
        async with self.pool.acquire() as connection, connection.transaction():
            await cache.store(connection, entry)

    async def _key(self, question: str) -> CacheKey:
        guarded = guard(question)
        [vector] = await self.stand_in.embed([guarded.text])
        return CacheKey(questions.normalise(question), vector.tolist(), guarded.keys)

    @property
    def _prompt_set(self) -> str:
        # Answers of one domain are no answers of another: the cache itself does not know of domains.
        return f"{PROMPT_SET}:{self.domain}"


def _holds(given: Given, live: set[UUID], active: set[UUID]) -> bool:
    return given.versions <= live and given.spaces <= active
