"""The searches that specialists share."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from app.agents import inert
from app.agents.material import PASSAGES, Inquiry, Material, Role
from app.db.past_questions import Held
from app.db.snapshot import Snapshot
from app.retrieval.calls import CallLog
from app.retrieval.fact_keys import fact_keys
from app.retrieval.passage import Passage, Retrieved
from app.retrieval.past_questions import Listing, Narrowing
from app.retrieval.reranker import Reranker

# A passage of another intent's domains answers when its cosine is higher by so much. Of 38 golden questions on facts 32
# are nearer to their page than to any news by as much, and none is nearer to news.
NEARER = 0.15


class Searcher(Protocol):
    """The part of the retriever that a turn needs."""

    async def snapshot(self) -> Snapshot:
        """What a task that begins now searches until its end."""
        ...

    async def search(
        self,
        question: str,
        *,
        snapshot: Snapshot,
        domains: Sequence[str],
        keys: Sequence[str],
        log: CallLog,
        limit: int = PASSAGES,
    ) -> Retrieved:
        """The best passages for a standalone question in these domains."""
        ...


class Rows(Protocol):
    """The collection of past questions."""

    async def held(self, snapshot: Snapshot, domains: Sequence[str]) -> Held:
        """The years and subjects of all rows of these domains."""
        ...

    async def find(
        self, narrowing: Narrowing, *, snapshot: Snapshot, domains: Sequence[str], limit: int, log: CallLog
    ) -> Listing:
        """Up to `limit` rows that fit all of the narrowing, best first."""
        ...


class Library:
    """Searches passages and past questions. `candidates` is how many passages the reranker chooses from."""

    def __init__(self, retriever: Searcher, reranker: Reranker, rows: Rows | None, candidates: int = PASSAGES) -> None:
        self.retriever = retriever
        self._reranker = reranker
        self.rows = rows
        self._candidates = candidates

    def watched(self, retriever: Callable[[Searcher], Searcher], rows: Callable[[Rows], Rows]) -> "Library":
        """This library behind wrappers that look at what it finds."""
        store = None if self.rows is None else rows(self.rows)
        return Library(retriever(self.retriever), self._reranker, store, self._candidates)

    async def search(
        self, inquiry: Inquiry, question: str, domains: Sequence[str], *, near: float | None = None
    ) -> Retrieved:
        """The best passages for `question`, a part of the inquiry; none of them when they are no evidence for it.

        With `near`, passages of that cosine or more will do: for what stands beside an answer, not for the answer.
        """
        keys = inquiry.fact_keys if question == inquiry.question else fact_keys(question)
        found = await self.retriever.search(
            question,
            snapshot=inquiry.snapshot,
            domains=domains,
            keys=keys,
            log=inquiry.log,
            limit=self._candidates,
        )
        # 15 ms for five passages that are new, 60 for a reranker's twenty.
        found = await asyncio.to_thread(inert.retrieved, found)
        if near is not None and not found.answerable:
            close = tuple(one for one in found.passages if (one.dense or 0.0) >= near)
            found = replace(found, passages=close, answerable=bool(close))
        if not found.answerable or not found.passages:
            return replace(found, passages=())
        ranked = await self._reranker.rerank(question, _of_subject(found, near), inquiry.log)
        return replace(found, passages=tuple(ranked[:PASSAGES]))

    async def searches(self, inquiry: Inquiry, *asked: tuple[str, Sequence[str]]) -> list[Retrieved]:
        """Several searches at once, as (question, domains)."""
        return list(await asyncio.gather(*(self.search(inquiry, question, domains) for question, domains in asked)))


def _of_subject(found: Retrieved, near: float | None) -> tuple[Passage, ...]:
    """The passages whose document has what the question names: a page on 2025 must not answer for 2030."""
    if near is not None or found.documents is None:
        return found.passages
    return tuple(one for one in found.passages if one.document_id in found.documents) or found.passages


def nearer(other: Retrieved, found: Retrieved) -> bool:
    """Whether the other search came so much nearer to the question that the route was a wrong guess."""
    best, beside = (max((one.dense or 0.0 for one in each.passages), default=0.0) for each in (other, found))
    return best > beside + NEARER


def gathered(
    found: Retrieved, *parts: tuple[Role, Iterable[Passage]], others: Iterable[Retrieved] = (), **more: object
) -> Material:
    """Material of passages by role, each parent once; `others` are the further searches that took part."""
    roles: dict[object, Role] = {}
    passages: list[Passage] = []
    for role, given in parts:
        for passage in given:
            if passage.parent_id not in roles:
                roles[passage.parent_id] = role
                passages.append(passage)
    every = (found, *others)
    whole = replace(
        found,
        degraded=any(one.degraded for one in every),
        namespaces=tuple(dict.fromkeys(namespace for one in every for namespace in one.namespaces)),
    )
    return Material(whole, tuple(passages), tuple(roles.values()), **more)  # type: ignore[arg-type]
