"""Which of the values of one kind a source has where a sentence puts a number, a year or an article.

A year moved to another event, a count taken from the next line: each occurs in the passage, but among other words. So
each value that a cited passage has is weighed by how well it stands among the sentence's words, and the sentence must
have the one that stands best, or nearly. The weights are fitted on evals/sets/sentences_tuning.jsonl.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.agents.claims.binding import same_number
from app.agents.claims.fact import Fact
from app.agents.claims.reading import Reading
from app.agents.claims.statements import Rarity, Source, Statement

KINDS = frozenset(
    [
        "number",
        "year",
        "date",
        "ordinal",
        "article",
        "section",
        "part",
        "list",
        "mark",
        "fraction",
        "paragraph",
        "entry",
        "rule",
    ]
)
# Words at this distance count half: the two scales on which nearness is looked at. A clause's end counts three words.
WIDE, NARROW = 6.0, 1.5
CLAUSE_DISTANCE = 1.5
# A value of the title, the heading or the lead-in stands so near to everything below it.
ABOVE = 0.4
# The place of a value that only the title has, where the statement has a heading with values of its own.
FAINT = -1
# Fitted (see evals/fit_verifier.py): how much each feature says for a value; a rival must be ahead by `LEAST`.
WEIGHTS = (1.81, 2.36, 2.68, 0.73, 1.64, -0.09, 1.03, -0.31, -0.02)
# Fitted too, a logistic model of whether a value is the wrong one: how far the best rival is ahead, what it lacks to
# a good score, whether several passages are cited, whether it is a provision, whether the sentence has the rival too,
# the score of the value itself, whether the sentence has several values of the kind, and 1.
ODDS = (0.83, 0.26, -2.14, 1.23, -1.72, 0.39, -0.82, -1.96)
# Above these log-odds it is likely wrong; below `-FAINTEST` nothing speaks for that.
WRONG, FAINTEST = 0.5, 2.0
GOOD, FURTHEST = 4.0, 6.0
_PROVISIONS = frozenset(("article", "section", "mark", "list", "paragraph"))
# "Two" may only point back ("the two"); it is no rival of a greater count.
MOST_BESIDE_TWO = 12
FEATURES = ("covered", "wide", "narrow", "clause", "side", "next", "before", "above", "context")


@dataclass(frozen=True, slots=True)
class _Near:
    """A word or fact of the sentence by its distance from the value; negative stands before it."""

    key: str | tuple[str, str]
    weight: float
    offset: int
    wide: float
    narrow: float
    clause: bool


def _distance(reading: Reading, a: int, b: int) -> float:
    return abs(a - b) + CLAUSE_DISTANCE * abs(reading.words[a].clause - reading.words[b].clause)


def _around(reading: Reading, fact: Fact, rarity: Rarity) -> list[_Near]:
    found: list[_Near] = []
    own = {word.stem for word in reading.words[fact.at : fact.end]}
    keyed: list[tuple[str | tuple[str, str], float, int]] = [
        (stem, rarity[stem], at) for stem, places in reading.stems.items() if stem not in own for at in places
    ]
    keyed += [
        ((one.kind, one.value), 1.5, one.at)
        for one in reading.facts
        if one is not fact and one.kind != "name" and one.kind != fact.kind
    ]
    for key, weight, at in keyed:
        distance = _distance(reading, fact.at, at)
        same = abs(reading.words[fact.at].clause - reading.words[at].clause) <= 1
        found.append(_Near(key, weight, at - fact.at, 1 / (1 + distance / WIDE), 1 / (1 + distance / NARROW), same))
    return found


def features(around: Sequence[_Near], statement: Statement, place: int | None) -> list[float]:
    """How a value stands at a place of a statement (None: above it) among the words around it in the sentence."""
    above = place is None or place == FAINT
    sums = _Sums()
    for one in around:
        there = _there(one.key, statement.reading)
        if not there:
            sums.context += one.weight * (statement.context.get(one.key, 0.0) if isinstance(one.key, str) else 0.0)
            continue
        sums.covered += one.weight
        if place is None or above:
            sums.wide += one.weight * one.wide * ABOVE
        else:
            sums.add(one, statement.reading, place, there)
    total = sum(one.weight for one in around) or 1.0
    wides = sum(one.weight * one.wide for one in around) or 1.0
    narrows = sum(one.weight * one.narrow for one in around) or 1.0
    clauses = sum(one.weight for one in around if one.clause) or 1.0
    part = 0.5 if place == FAINT else 1.0
    return [
        part * sums.covered / total, part * sums.wide / wides, sums.narrow / narrows, sums.clause / clauses,
        sums.side / wides, sums.after, sums.before, float(above), part * sums.context / total,
    ]  # fmt: skip


def _there(key: str | tuple[str, str], reading: Reading) -> list[int]:
    if isinstance(key, str):
        return reading.stems.get(key, [])
    return [other.at for other in reading.values.get(key, ())]


@dataclass(slots=True)
class _Sums:
    """The weights of what stands around a value in the sentence and is found near it in the statement too."""

    covered: float = 0.0
    wide: float = 0.0
    narrow: float = 0.0
    clause: float = 0.0
    side: float = 0.0
    after: float = 0.0
    before: float = 0.0
    context: float = 0.0

    def add(self, one: _Near, reading: Reading, place: int, there: list[int]) -> None:
        """Add what stands at one of the places `there`, by the one nearest to the value's `place`."""
        nearest = min(there, key=lambda at: _distance(reading, place, at))
        distance, offset = _distance(reading, place, nearest), nearest - place
        self.wide += one.weight * min(one.wide, 1 / (1 + distance / WIDE))
        self.narrow += one.weight * min(one.narrow, 1 / (1 + distance / NARROW))
        if one.clause:
            apart = abs(reading.words[place].clause - reading.words[nearest].clause)
            self.clause += one.weight * (1.0 if apart == 0 else 0.5 if apart == 1 else 0.0)
        if offset * one.offset > 0:
            self.side += one.weight * one.wide
        if 0 < one.offset <= 2 and 0 < offset <= 3:
            self.after = 1.0
        if -3 <= one.offset < 0 and -4 <= offset < 0:
            self.before = 1.0


def places(fact: Fact, statement: Statement) -> Iterator[int | None]:
    """Where a statement has a value; None when only what stands above it has it, `FAINT` when that is the title."""
    found = [other.at for other in statement.reading.facts if other.kind == fact.kind and _same(fact, other)]
    if found:
        yield from found
    elif any(kind == fact.kind and _alike(fact, value) for kind, value in statement.headed):
        yield None
    elif any(kind == fact.kind and _alike(fact, value) for kind, value in statement.around):
        yield None if not statement.headed else FAINT


def _same(fact: Fact, other: Fact) -> bool:
    return _alike(fact, other.value)


def _alike(fact: Fact, value: str) -> bool:
    return same_number(fact.value, value) if fact.kind == "number" else fact.value == value


def rivals(fact: Fact, reading: Reading, cited: Sequence[Source]) -> list[Fact]:
    """The other values of a fact's kind and unit that the cited passages have, each once."""
    unit, head = fact.value.partition(" ")[2], _head(fact, reading)
    found: dict[str, Fact] = {}
    for source in cited:
        for there in source.readings:
            for other in there.facts:
                if other.kind != fact.kind or _same(fact, other):
                    continue
                if fact.kind == "number" and (other.value.partition(" ")[2] != unit or _loose(fact, other)):
                    continue
                if fact.kind == "ordinal" and _head(other, there) != head:
                    continue
                found.setdefault(other.value, other)
    return list(found.values())


def _loose(fact: Fact, other: Fact) -> bool:
    """Whether one of two bare numbers may be no count at all: "one of them", "the two", against a real one."""
    small, great = sorted(float(one.value.partition(" ")[0]) for one in (fact, other))
    return " " not in fact.value and (small == 1 or (small == 2 and great > MOST_BESIDE_TWO))


def _head(fact: Fact, reading: Reading) -> str:
    """What an ordinal numbers: amendments, schedules, or anything else."""
    if fact.kind != "ordinal":
        return ""
    heads = (word.low[:7] for word in reading.words[fact.at : fact.end + 6])
    return next((head for head in heads if head in ("amendme", "schedul")), "")


class Places:
    """Scores of values at their places in the cited passages, for one sentence."""

    def __init__(self, reading: Reading, cited: Sequence[Source], rarity: Rarity) -> None:
        self._reading, self._cited, self._rarity = reading, cited, rarity
        self._statements = [statement for source in cited for statement in source.statements]
        self._nears: dict[int, list[_Near]] = {}

    def of(self, value: Fact, where: Fact) -> list[list[float]]:
        """The features of all places of a value among what stands around the fact `where` of the sentence."""
        around = self._nears.get(where.at)
        if around is None:
            around = self._nears[where.at] = _around(self._reading, where, self._rarity)
        return [features(around, one, place) for one in self._statements for place in places(value, one)]

    def compared(self, fact: Fact) -> Iterator[tuple[Fact, list[list[float]], Fact | None]]:
        """The rivals of a fact with their places; the third says which fact of the sentence has that value too."""
        for other in rivals(fact, self._reading, self._cited):
            if found := self.of(other, fact):
                twin = next((one for one in self._reading.facts if one.kind == fact.kind and _same(one, other)), None)
                yield other, found, twin


def outdone(reading: Reading, cited: Sequence[Source], rarity: Rarity) -> tuple[Fact, Fact, float] | None:
    """The fact most outdone, the value that the source has in its place, and the log-odds that it is wrong.

    None when no rival comes near any fact. Two values that the sentence has both must stand better exchanged.
    """
    known = Places(reading, cited, rarity)
    worst: tuple[Fact, Fact, float] | None = None
    kinds = Counter(fact.kind for fact in reading.facts)
    for fact in reading.facts:
        if fact.kind not in KINDS or not (found_at := known.of(fact, fact)):
            continue
        own = _best(found_at)
        for other, found, twin in known.compared(fact):
            its = _best(found)
            gap = its - own
            if twin is not None:
                gap += _best(known.of(fact, twin)) - _best(known.of(twin, twin))
            if gap <= 0:
                continue
            weighed = told(
                fact.kind, gap=gap, its=its, own=own, cited=len(cited) > 1, twin=twin is not None,
                several=kinds[fact.kind] > 1,
            )  # fmt: skip
            odds = sum(weight * one for weight, one in zip(ODDS, weighed, strict=True))
            if odds > (worst[2] if worst else -FAINTEST):
                worst = fact, other, odds
    return worst


def told(kind: str, *, gap: float, its: float, own: float, cited: bool, twin: bool, several: bool) -> list[float]:
    """What `ODDS` weighs: see there. `gap`, `its` and `own` are scores of the rival and the value."""
    return [
        min(gap, FURTHEST), max(0.0, GOOD - its), float(cited), float(kind in _PROVISIONS), float(twin), own,
        float(several), 1.0,
    ]  # fmt: skip


def _best(found: Sequence[Sequence[float]]) -> float:
    return max((sum(w * x for w, x in zip(WEIGHTS, one, strict=True)) for one in found), default=0.0)
