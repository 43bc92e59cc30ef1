"""Past questions over all domains that hold them: the filters go to SQL, the topic is matched by words and meaning."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.db import past_questions, search
from app.db.engine import Pool
from app.db.past_questions import Filters, Held, Pair, Phrase, Row
from app.db.search import Namespace
from app.db.snapshot import Snapshot
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedders
from app.retrieval.passage import Passage
from app.retrieval.wording import MAX_TERMS

# A row is about a topic when it has this share of the topic's words by rarity. Without any such row, one that comes
# this near in meaning is offered as near. Tuned on questions of our own over content/.
COVERAGE = 0.7
NEAR = 0.52


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which rows are wanted; nothing named means all. `subjects` are the collection's own, any of them will do.

    Rows that fit one of `without` are left out, by subject or by the topic's words as they would be found.
    """

    years: tuple[int, ...] = ()
    papers: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    topic: str | None = None
    without: tuple["Narrowing", ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows found as passages, best first, and how many fit by (year, paper). `near`: by meaning, not by words.

    `barred` counts the rows of all years and papers that were not wanted.
    """

    rows: tuple[Passage, ...] = ()
    tally: Mapping[tuple[int, str], int] = field(default_factory=dict)
    near: bool = False
    namespaces: tuple[UUID, ...] = ()
    degraded: bool = False
    barred: int = 0

    @property
    def total(self) -> int:
        """How many rows fit, those not given included."""
        return sum(self.tally.values())


class PastQuestions:
    """Finds rows, of the snapshot that a task began with. `pool` and `embedders` are the retriever's."""

    def __init__(self, pool: Pool, embedders: Embedders) -> None:
        self._pool = pool
        self._embedders = embedders

    async def held(self, snapshot: Snapshot, domains: Sequence[str]) -> Held:
        """The years and subjects of all rows of these domains."""
        found = await asyncio.gather(
            *(past_questions.held(self._pool, space, snapshot.day) for space in snapshot.of(domains))
        )
        return Held(
            min((one.oldest for one in found if one.oldest), default=None),
            max((one.newest for one in found if one.newest), default=None),
            tuple(sorted({subject for one in found for subject in one.subjects})),
        )

    async def find(
        self, narrowing: Narrowing, *, snapshot: Snapshot, domains: Sequence[str], limit: int, log: CallLog
    ) -> Listing:
        """Up to `limit` rows that fit all of the narrowing, best first.

        By subject or by the topic's words; where no row has those, by meaning. Words side by side in the topic are
        looked for together ("money bill"), and each by itself only where no row has them so. An embedding that fails
        costs the meaning only.
        """
        spaces, day = snapshot.of(domains), snapshot.day
        terms = await search.terms(self._pool, narrowing.topic or "")
        by_topic = bool(narrowing.topic) and not narrowing.subjects
        vectors = (
            await self._embedders.by_model(narrowing.topic or "", (one.model for one in spaces), log)
            if by_topic
            else {}
        )
        lexemes = tuple(term.lexeme for term in terms[:MAX_TERMS]) if by_topic else ()
        phrases = await self._phrases(spaces, narrowing.topic, day) if narrowing.topic and by_topic else ()
        barred = await self._barred(spaces, narrowing.without, day)
        for near in (False, True) if by_topic else (False,):
            filters = Filters(
                narrowing.years,
                narrowing.papers,
                narrowing.subjects,
                lexemes,
                phrases,
                COVERAGE,
                NEAR if near else 2.0,
                barred,
            )
            listing = await self._all(spaces, filters, vectors, limit, near=near, day=day)
            if listing.rows:
                break
        return listing

    async def _barred(
        self, spaces: Sequence[Namespace], without: Sequence[Narrowing], day: date | None
    ) -> tuple[UUID, ...]:
        """The versions of all rows that fit one of these, by subject or words."""
        found: list[UUID] = []
        for one in without:
            topic = "" if one.subjects else one.topic or ""
            lexemes = tuple(term.lexeme for term in (await search.terms(self._pool, topic))[:MAX_TERMS])
            if not (one.years or one.papers or one.subjects or lexemes):
                continue
            phrases = await self._phrases(spaces, topic, day) if topic else ()
            filters = Filters(one.years, one.papers, one.subjects, lexemes, phrases, COVERAGE)
            for space in spaces:
                fitting = await past_questions.matching(self._pool, space, filters, vector=None, limit=None, day=day)
                found += (row.version_id for row in fitting.rows)
        return tuple(dict.fromkeys(found))

    async def _phrases(self, spaces: Sequence[Namespace], topic: str, day: date | None) -> tuple[Phrase, ...]:
        """The topic's phrases that some row of these domains has, in whatever year and paper."""
        found = await asyncio.gather(*(past_questions.pairs(self._pool, space, topic, day) for space in spaces))
        return phrases_of([pair for one in found for pair in one])

    async def _all(
        self,
        spaces: Sequence[Namespace],
        filters: Filters,
        vectors: Mapping[str, list[float] | None],
        limit: int,
        *,
        near: bool,
        day: date | None,
    ) -> Listing:
        found = await asyncio.gather(
            *(
                past_questions.matching(
                    self._pool, space, filters, vector=vectors.get(space.model), limit=limit, day=day
                )
                for space in spaces
            )
        )
        rows = [(row, space) for space, one in zip(spaces, found, strict=True) for row in one.rows]
        rows.sort(key=lambda pair: (-(pair[0].coverage + (pair[0].dense or 0.0)), -pair[0].year, pair[0].paper))
        tally: dict[tuple[int, str], int] = {}
        for one in found:
            for year, paper, number in one.tally:
                tally[year, paper] = tally.get((year, paper), 0) + number
        return Listing(
            rows=tuple(_passage(row, space) for row, space in rows[:limit]),
            tally=tally,
            near=near,
            namespaces=tuple(space.id for space in spaces),
            degraded=any(vector is None for vector in vectors.values()),
            barred=len(filters.barred),
        )


def phrases_of(pairs: Sequence[Pair]) -> tuple[Phrase, ...]:
    """Pairs that overlap are one phrase, so that the doctrine of basic structure has "basic structure doctrine"."""
    chains: list[list[Pair]] = []
    for pair in sorted(pairs, key=lambda one: one.place):
        if chains and pair.place <= chains[-1][-1].place + 1:
            chains[-1].append(pair)
        else:
            chains.append([pair])
    return tuple(
        Phrase(
            tuple(dict.fromkeys(lexeme for pair in chain for lexeme in (pair.former, pair.latter))),
            frozenset(parent for pair in chain for parent in pair.parents),
        )
        for chain in chains
    )


def _passage(row: Row, space: Namespace) -> Passage:
    return Passage(
        parent_id=row.parent_id,
        version_id=row.version_id,
        document_id=row.document_id,
        domain=space.domain,
        namespace_id=space.id,
        version=row.version,
        title=row.title,
        header=row.header,
        locator=row.locator,
        text=row.text,
        best_child=row.text,
        score=min(1.0, row.coverage),
        dense=row.dense,
        text_rank=row.coverage,
        structured=True,
        chunk_id=row.chunk_id,
        year=row.year,
        paper=row.paper,
        subject=row.subject,
        metadata=row.metadata | ({} if row.marks is None else {"marks": f"{row.marks.normalize():f}"}),
    )
