"""Past questions by filter: every value is bound, every row is a live version with a year and a paper."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.db import sql
from app.db.engine import Pool
from app.db.search import Namespace, addressed

STAGES = ("prelims", "mains")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of a topic that mean one thing together, and the parents that have them so."""

    lexemes: tuple[str, ...]
    parents: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two words side by side in a topic, the first at `place`, and the parents in which they stand together."""

    place: int
    former: str
    latter: str
    parents: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the rows must fit; nothing named means all. `papers` as in "prelims", "mains", "gs2", "csat", "essay".

    A row is about the topic when it has at least `coverage` (0..1) of its words, weighted by rarity, or comes as near
    to it as `cosine`; words of a phrase count in its parents only. `subjects` (the collection's own, any of them)
    stand for the topic. `barred` are versions that are left out though they fit.
    """

    years: Sequence[int] = ()
    papers: Sequence[str] = ()
    subjects: Sequence[str] = ()
    lexemes: Sequence[str] = ()
    phrases: Sequence[Phrase] = ()
    coverage: float = 1.0
    cosine: float = 2.0
    barred: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One past question as stored. `coverage` and `dense` say how well it fits the topic."""

    parent_id: UUID
    version_id: UUID
    document_id: UUID
    version: int
    title: str
    header: str
    locator: str
    text: str
    year: int
    paper: str
    subject: str | None
    marks: Decimal | None
    metadata: dict[str, object]
    coverage: float
    dense: float | None
    chunk_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """Up to as many rows as asked for, best first, and how many there are of each year and paper in all."""

    rows: tuple[Row, ...] = ()
    tally: tuple[tuple[int, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """The years and subjects that a domain's rows have."""

    oldest: int | None
    newest: int | None
    subjects: tuple[str, ...]


async def matching(
    pool: Pool,
    namespace: Namespace,
    filters: Filters,
    *,
    vector: Sequence[float] | None,
    limit: int | None,
    day: date | None = None,
) -> Matches:
    """The rows of one domain that fit, best first by words and cosine together, then newest; all without `limit`.

    `day` is when the rows are to be effective, None for today, as in all of this module.
    """
    stages = [paper for paper in filters.papers if paper in STAGES]
    papers = [paper for paper in filters.papers if paper not in STAGES]
    found = await pool.fetch(
        addressed(sql.load("past_questions")["matching"], namespace),
        None if vector is None else list(vector),
        list(filters.lexemes),
        list(filters.years) or None,
        stages or None,
        papers or None,
        [subject.lower() for subject in filters.subjects] or None,
        filters.coverage,
        filters.cosine,
        limit,
        json.dumps(
            [
                {"lexemes": phrase.lexemes, "parents": [str(parent) for parent in phrase.parents]}
                for phrase in filters.phrases
            ]
        ),
        list(filters.barred),
        day,
    )
    tally = json.loads(found[0]["tally"]) if found else []
    return Matches(
        tuple(_row(one) for one in found), tuple((int(year), str(paper), int(number)) for year, paper, number in tally)
    )


async def pairs(pool: Pool, namespace: Namespace, topic: str, day: date | None = None) -> list[Pair]:
    """The neighbouring words of `topic` that stand together in some row of one domain, in the topic's order."""
    found = await pool.fetch(addressed(sql.load("past_questions")["phrases"], namespace), topic, day)
    return [Pair(one["place"], one["former"], one["latter"], frozenset(one["parents"])) for one in found]


async def held(pool: Pool, namespace: Namespace, day: date | None = None) -> Held:
    """What one domain's rows cover; no years where there is no row."""
    row = await pool.fetchrow(addressed(sql.load("past_questions")["coverage"], namespace), day)
    return Held(row["oldest"], row["newest"], tuple(row["subjects"] or ()))


def _row(found: object) -> Row:
    values = dict(found)  # type: ignore[call-overload]
    values["version"] = values.pop("number")
    values["metadata"] = json.loads(values["metadata"])
    del values["tally"]
    return Row(**values)
