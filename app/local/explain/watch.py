"""Stands between a turn and what it uses, changes nothing that the turn sees, and remembers what went by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.agents.exchange import Exchange
from app.agents.specialists.library import Library, Rows, Searcher
from app.agents.supervisor import Route, Router
from app.agents.turn import ChatTurn
from app.db.past_questions import Held
from app.db.snapshot import Snapshot
from app.retrieval.calls import CallLog
from app.retrieval.passage import Passage, Retrieved
from app.retrieval.past_questions import Listing, Narrowing

# As many as ranking is judged by (nDCG@10), twice what an answer is written from.
SHOWN = 10
_NEAREST = 3


@dataclass(slots=True)
class Search:
    """One search of a specialist; `found` is None while it runs."""

    question: str
    domains: tuple[str, ...]
    found: Retrieved | None = None


class Watch:
    """What one turn decided and found. A turn that is `over` this one is the given turn otherwise."""

    def __init__(self) -> None:
        self.route: Route | None = None
        self.searches: list[Search] = []
        self.listings: list[Listing] = []

    def over(self, turn: ChatTurn) -> ChatTurn:
        """The same turn under this watch; good for one question."""
        return turn.watched(lambda router: _Router(router, self), self._library)

    def _library(self, library: Library) -> Library:
        return library.watched(lambda searcher: _Searcher(searcher, self), lambda rows: _Rows(rows, self))

    @property
    def rows(self) -> tuple[Passage, ...]:
        """The past questions that were found first, best first."""
        return next((listing.rows for listing in self.listings if listing.rows), ())

    @property
    def ranking(self) -> tuple[Passage, ...]:
        """What the search for the question itself found, best first; it is the first that a specialist makes."""
        found = self.searches[0].found if self.searches else None
        return found.passages if found else ()

    @property
    def has_evidence(self) -> bool:
        """Whether that search found evidence."""
        found = self.searches[0].found if self.searches else None
        return found is not None and found.answerable

    @property
    def nearest(self) -> tuple[str, ...]:
        """The topics that come near to the question, as a refusal would name them."""
        if self.rows:
            return tuple(dict.fromkeys(row.title for row in self.rows))[:_NEAREST]
        found = self.searches[0].found if self.searches else None
        return found.nearest if found else ()

    @property
    def passages(self) -> dict[UUID, Passage]:
        """Everything that was found, by parent, as its first search found it; past questions are named by filters.

        What a search for something else named, such as the title of what was found, the question has not named.
        """
        listed = {row.parent_id: row for listing in reversed(self.listings) for row in listing.rows}
        found = listed | {one.parent_id: one for search in reversed(self.searches) for one in self._named_by(search)}
        return found | {parent: replace(found[parent], structured=True) for parent in listed}

    def _named_by(self, search: Search) -> tuple[Passage, ...]:
        """What a search found, as far as the question itself names it."""
        passages = search.found.passages if search.found else ()
        if search.question == self.searches[0].question:
            return passages
        return tuple(replace(one, structured=False) for one in passages)


class _Router:
    def __init__(self, router: Router, watch: Watch) -> None:
        self._router = router
        self._watch = watch

    async def route(self, question: str, history: Sequence[Exchange], log: CallLog) -> Route:
        self._watch.route = await self._router.route(question, history, log)
        return self._watch.route


class _Searcher:
    def __init__(self, searcher: Searcher, watch: Watch) -> None:
        self._searcher = searcher
        self._watch = watch

    async def snapshot(self) -> Snapshot:
        return await self._searcher.snapshot()

    async def search(
        self,
        question: str,
        *,
        snapshot: Snapshot,
        domains: Sequence[str],
        keys: Sequence[str],
        log: CallLog,
        limit: int = SHOWN,
    ) -> Retrieved:
        made = Search(question, tuple(domains))
        self._watch.searches.append(made)
        most = max(limit, SHOWN)
        made.found = await self._searcher.search(
            question, snapshot=snapshot, domains=domains, keys=keys, log=log, limit=most
        )
        return replace(made.found, passages=made.found.passages[:limit])


class _Rows:
    def __init__(self, rows: Rows, watch: Watch) -> None:
        self._rows = rows
        self._watch = watch

    async def held(self, snapshot: Snapshot, domains: Sequence[str]) -> Held:
        return await self._rows.held(snapshot, domains)

    async def find(
        self, narrowing: Narrowing, *, snapshot: Snapshot, domains: Sequence[str], limit: int, log: CallLog
    ) -> Listing:
        listing = await self._rows.find(narrowing, snapshot=snapshot, domains=domains, limit=limit, log=log)
        self._watch.listings.append(listing)
        return listing
