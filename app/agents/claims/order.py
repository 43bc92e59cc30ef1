"""Which of two stands first: before and after, more and less, who does and to whom it is done, from where to where."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.agents.claims.reading import Reading, once
from app.agents.claims.statements import BEFORE, Rarity, Statement

# The logarithm of how much better exchanged sides fit is cut here.
MOST = 2.0
SPAN = 9
# And so far from a verb the one who does it, or to whom.
NEAR = 6

_BEFORE = frozenset(["before", "precedes", "preceded", "preceding", "until"])
_AFTER = frozenset(["after", "follows", "followed", "following", "succeeded", "succeeds", "since"])
_MORE_TEXT = """
more greater higher larger longer bigger older earlier faster heavier stronger wider broader deeper richer
warmer hotter denser better exceeds exceeded exceed outnumber outnumbered outweighs prevails prevail overrides
override superior above over later newer younger"""
_LESS_TEXT = """
less fewer lower smaller shorter slower lighter weaker narrower shallower poorer colder cooler worse below
inferior subordinate under"""
_MORE, _LESS = frozenset(_MORE_TEXT.split()), frozenset(_LESS_TEXT.split())
_SPANS = (" year", " month", " week", " day", " hour")
_SPAN_WORDS = frozenset(["year", "years", "month", "months", "week", "weeks", "day", "days", "hour", "hours"])
_REPLACE = frozenset(
    [
        "replace",
        "replaced",
        "replaces",
        "replacing",
        "supersede",
        "superseded",
        "substituted",
        "succeeded",
        "supplanted",
    ]
)
_BE = frozenset(["is", "are", "was", "were", "be", "been", "being"])
_PAST = re.compile(r"(?:ed|en|wn|ought|aught|eld|ade|ung|unk|ut|et|ilt|ent|ost|old|aid)$")
_DOING_TEXT = """
appoints removes elects advises refers nominates recommends leads heads succeeds defeats replaces founds
reports summons dissolves prorogues administers consults controls appoint remove elect advise refer nominate
recommend dissolve summon"""
_DOING = frozenset(_DOING_TEXT.split())
_DONE = re.compile(
    r"(?:[a-z]{3}ed|wrote|gave|led|took|won|made|built|fought|beat|overthrew|overtook|brought|sent|sold|taught)$"
)
_NO_OBJECT = frozenset(("in", "on", "at", ".", ",", ";", "", "and"))
_RANKING = frozenset(
    [
        "prevail",
        "prevails",
        "prevailed",
        "precedence",
        "priority",
        "superior",
        "rank",
        "ranks",
        "ranked",
        "placed",
        "victory",
        "wins",
        "won",
        "triumph",
    ]
)
_OUTDOING = frozenset(("exceeds", "overrides", "outnumber", "outnumbered"))
_OVER = frozenset(("over", "above", "below", "under", "beneath", "beyond"))
# After these "above" and "below" compare.
_STANDING_TEXT = """is are was were be well far just directly slightly points rate lies lie stands stand stood level
remains remained right"""
_STANDING = frozenset(_STANDING_TEXT.split())
# More than this is more than nothing else named.
_NORM = frozenset(("usual", "normal", "average", "before", "ever", "expected", "ordinary", "others"))
# What the title or lead-in names stands for these.
_PRONOUNS = frozenset(("it", "they", "he", "she", "its", "their", "this", "these"))
Side = frozenset[str | tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Relation:
    """`first` and `second` are stems on the two sides, brought into one order; `name` says what relates them."""

    name: str
    first: Side
    second: Side


def exchanged(reading: Reading, best: Sequence[Statement], rarity: Rarity) -> Iterator[tuple[str, float]]:
    """Relations whose sides fit the statements better exchanged, with the logarithm of how much better (0..`MOST`)."""
    there = [_resolved(relation, statement) for statement in best for relation in _all(statement.reading)]
    for one in relations(reading):
        same = [other for other in there if other.name == one.name]
        straight = max((_fit(one.first, one.second, other, rarity) for other in same), default=0.0)
        crossed = max((_fit(one.second, one.first, other, rarity) for other in same), default=0.0)
        if crossed > straight:
            yield one.name, min(MOST, math.log(crossed / straight) if straight else MOST)


def _resolved(relation: Relation, statement: Statement) -> Relation:
    """The relation with what a pronoun on one of its sides stands for."""
    if not (relation.first | relation.second) & _PRONOUNS:
        return relation
    meant = frozenset(stem for stem, weight in statement.context.items() if weight > BEFORE)
    first = relation.first | (meant - relation.second) if relation.first & _PRONOUNS else relation.first
    second = relation.second | (meant - relation.first) if relation.second & _PRONOUNS else relation.second
    return Relation(relation.name, first, second)


@once
def _all(reading: Reading) -> list[Relation]:
    return list(relations(reading))


def _fit(first: Side, second: Side, other: Relation, rarity: Rarity) -> float:
    """The weight of what stands on the right side; both sides must have something."""
    left = sum(_weight(key, rarity) for key in (first & other.first) - other.second - _PRONOUNS)
    right = sum(_weight(key, rarity) for key in (second & other.second) - other.first - _PRONOUNS)
    return left + right if left and right else 0.0


def _weight(key: str | tuple[str, str], rarity: Rarity) -> float:
    return rarity[key] if isinstance(key, str) else 2.0


def relations(reading: Reading) -> Iterator[Relation]:
    """All relations that a text states."""
    for i, word in enumerate(reading.words):
        if _has_no_object(reading, i):
            continue
        if word.low in _BEFORE or word.low in _AFTER:
            turned = word.low in _AFTER and not (word.low in ("followed", "succeeded") and _next(reading, i) == "by")
            yield from _related(reading, i, "time", turned=turned)
        elif word.low == "than":
            yield from _compared(reading, i)
        elif name := _ranked(reading, i):
            yield from _related(reading, i, name, turned=word.low in _LESS)
        elif word.low in _REPLACE:
            yield from _replaced(reading, i)
        elif word.low == "place" and _next(reading, i) == "of":
            yield Relation("replace", _side(reading, i - 1 - SPAN, i - 1), _side(reading, i + 2, i + 2 + SPAN))
        elif word.low == "from":
            yield from _ranged(reading, i)
        elif word.content and names_only(reading):
            yield from _done(reading, i)


def _ranked(reading: Reading, at: int) -> str:
    """Whether a word puts one thing over another, in rank or in measure: "rank", "than"; "" when it does neither."""
    low, before = reading.words[at].low, reading.words[at - 1].low if at else ""
    if low in _OUTDOING or (low in _OVER and before in _RANKING):
        return "rank"
    return "than" if low in _OVER and (before in _STANDING or before == "%") else ""


def _has_no_object(reading: Reading, at: int) -> bool:
    """Whether a word of time relates nothing: "the talks that followed", "the date after which"."""
    low, following = reading.words[at].low, _next(reading, at)
    if low in ("followed", "succeeded", "preceded"):
        return following in _NO_OBJECT
    return low in ("after", "before") and following in ("which", "whom", "that")


def _compared(reading: Reading, than: int) -> Iterator[Relation]:
    if _next(reading, than) in _NORM:
        return
    words = reading.words
    pole = next(
        (words[j].low for j in range(than - 1, max(-1, than - 1 - SPAN), -1) if words[j].low in _MORE | _LESS), ""
    )
    if not pole:
        pole = next((words[j].low for j in range(than - 1, max(-1, than - 3), -1) if words[j].low.endswith("er")), "")
    if pole:
        yield from _related(reading, than, "than", turned=pole in _LESS)


def _related(reading: Reading, at: int, name: str, *, turned: bool) -> Iterator[Relation]:
    # How long after is no side of before and after.
    if any(fact.at == at + 1 and fact.value.endswith(_SPANS) for fact in reading.facts):
        return
    if at == 0:
        comma = next((i for i, word in enumerate(reading.words) if word.low == ","), None)
        if comma is None:
            return
        left, right = _side(reading, comma, comma + 1 + SPAN, spans=False), _side(reading, 1, comma, spans=False)
    else:
        left, right = (
            _side(reading, at - SPAN, at, spans=False),
            _side(reading, at + 1, _ends(reading, at), spans=False),
        )
    if left and right:
        yield Relation(name, right, left) if turned else Relation(name, left, right)


def _replaced(reading: Reading, at: int) -> Iterator[Relation]:
    """New on the first side, old on the second: "A replaced B", "replaced B with A", "B was replaced by A"."""
    after = reading.words[at + 1 : at + 1 + SPAN]
    joint = next((at + 1 + i for i, word in enumerate(after) if word.low in ("with", "by", "for")), None)
    passive = _is_passive(reading, at)
    before = _side(reading, at - SPAN, at)
    if joint is None:
        old, new = _side(reading, at + 1, at + 1 + SPAN), before
    elif passive:
        old, new = before, _side(reading, joint + 1, joint + 1 + SPAN)
    else:
        old, new = _side(reading, at + 1, joint), _side(reading, joint + 1, joint + 1 + SPAN)
    if old and new and reading.words[at].low != "substituted":
        yield Relation("replace", new, old)


def _ranged(reading: Reading, at: int) -> Iterator[Relation]:
    for i in range(at + 1, min(at + 9, len(reading.words))):
        if reading.words[i].low in ("to", "into", "towards"):
            left, right = _side(reading, at + 1, i), _side(reading, i + 1, i + 5)
            if left and right:
                yield Relation("from", left, right)
            return


def _done(reading: Reading, at: int) -> Iterator[Relation]:
    """Who does a thing to whom, for names only: elsewhere the verb cannot be told from other words."""
    by = next((i for i in range(at + 1, min(at + 4, len(reading.words))) if reading.words[i].low == "by"), None)
    before, after = _names(reading, at - NEAR, at), _names(reading, at + 1, at + 1 + NEAR)
    if by is not None and _is_passive(reading, at):
        before, after = _names(reading, by + 1, by + 1 + NEAR), before
    elif _is_passive(reading, at):
        return
    if before and after and (reading.words[at].low in _DOING or _DONE.search(reading.words[at].low)):
        yield Relation(f"done {reading.words[at].stem}", before, after)


def names_only(reading: Reading) -> bool:
    """Whether a text has names enough for one to do something to another."""
    return sum(fact.kind == "name" for fact in reading.facts) > 1


def _names(reading: Reading, begin: int, end: int) -> Side:
    clause = {word.clause for word in reading.words[max(0, begin) : end]}
    found = (fact for fact in reading.facts if fact.kind == "name" and max(0, begin) <= fact.at < end)
    return frozenset(
        word.stem for fact in found if clause for word in reading.words[fact.at : fact.end] if word.content
    )


def _ends(reading: Reading, at: int) -> int:
    """Where the clause of a word ends, but for a conjunction; at most `SPAN` words on."""
    words, clause = reading.words, reading.words[at].clause
    return next((i for i in range(at + 1, min(at + 1 + SPAN, len(words))) if words[i].clause > clause), at + 1 + SPAN)


def _side(reading: Reading, begin: int, end: int, *, spans: bool = True) -> Side:
    begin = max(0, begin)
    values = {
        (fact.kind, fact.value.partition(" ")[0])
        for fact in reading.facts
        if fact.kind not in ("name", "month") and begin <= fact.at < end and (spans or not fact.value.endswith(_SPANS))
    }
    return frozenset(
        {word.stem for word in reading.words[begin:end] if word.content and (spans or word.low not in _SPAN_WORDS)}
        | {word.low for word in reading.words[begin:end] if word.low in _PRONOUNS}
        | values
    )


def _next(reading: Reading, at: int) -> str:
    return reading.words[at + 1].low if at + 1 < len(reading.words) else ""


def _is_passive(reading: Reading, at: int) -> bool:
    before = reading.words[max(0, at - 3) : at]
    return _PAST.search(reading.words[at].low) is not None and (
        any(word.low in _BE for word in before) or _next(reading, at) == "by"
    )
