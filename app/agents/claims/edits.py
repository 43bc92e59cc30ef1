"""Where a sentence is a source's sentence with something changed: what was put in another's place, what changed places.

A paraphrase shares too little with its source for this to speak; a slip or a forgery shares nearly everything, and
there each difference counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from app.agents.claims.names import ROLES
from app.agents.claims.opposites import sides
from app.agents.claims.reading import Reading, once
from app.agents.claims.statements import Statement
from app.agents.claims.words import stem

# A statement must hold this share of the sentence's items, and as many of them, for differences to count.
CLOSE, ALIKE = 0.7, 0.5
LEAST_ITEMS = 3
# And this share of them in the same order.
IN_ORDER = 0.55
# For an order to count as changed it must hold nearly all.
VERY_CLOSE = 0.8
# Names that begin with the same letters are one: "British", "Briton".
SAME = 4

_TELLING_TEXT = """not no never only from to by before after over under above below more less fewer than may shall must
can all every some both either neither without against first last until since while but as with"""
_TELLING = frozenset(_TELLING_TEXT.split())
_MODALS = {"may": "may", "can": "may", "shall": "must", "must": "must"}
# Whom many words name: one for another is a wording.
_COMMON = frozenset(["india", "state", "states", "union", "government", "centre", "constitution", "country", "nation"])
_VALUES = frozenset(
    ["number", "year", "date", "month", "fraction", "ordinal", "article", "section", "part", "mark", "code"]
)
Key = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """A word or fact that matters for the comparison: its key, where it is, how it was written."""

    key: Key
    at: int
    shown: str
    telling: bool = False
    name: bool = False


@once
def items(reading: Reading) -> list[Item]:
    """The items of a text in order; a name is one item, known by its last word."""
    facts = {fact.at: fact for fact in reading.facts if fact.kind in _VALUES or fact.kind == "name"}
    inside = {i for fact in facts.values() for i in range(fact.at, fact.end)}
    found: list[Item] = []
    for i, word in enumerate(reading.words):
        if i in facts:
            fact = facts[i]
            named = fact.kind == "name"
            key = (
                " ".join(stem(part) for part in fact.value.split())
                if named
                else (fact.kind, fact.value.partition(" ")[0])
            )
            found.append(Item(key, i, fact.shown, name=named))
        elif i in inside:
            continue
        elif word.content:
            found.append(Item(word.stem, i, word.text))
        elif word.low in _TELLING:
            found.append(Item(_MODALS.get(word.low, word.low), i, word.text, telling=True))
    return found


def as_there(mine: Sequence[Item], theirs: Sequence[Item]) -> list[Item]:
    """The sentence's items, a name by the key it has there: "Gandhi" is "Mahatma Gandhi"."""
    known = {item.key for item in theirs}
    names = [
        (set(item.key.split()), item.key)
        for item in theirs
        if isinstance(item.key, str) and (item.name or " " in item.key)
    ]
    found: list[Item] = []
    for item in mine:
        alike: list[str] = []
        if isinstance(item.key, str) and item.key not in known and not item.telling:
            parts = set(item.key.split())
            alike = [key for its, key in names if parts <= its or (item.name and its <= parts)]
        found.append(replace(item, key=alike[0]) if alike else item)
    return found


def changed(reading: Reading, best: Sequence[Statement]) -> Iterator[tuple[str, str, float]]:
    """What differs between a sentence and a statement much like it: "exchanged" or "moved", what, how alike (0..1)."""
    own = items(reading)
    for statement in best:
        theirs = items(statement.reading)
        mine = as_there(own, theirs)
        share = _shared(mine, theirs)
        alike = min(share, in_order(reading, statement) + CLOSE - IN_ORDER)
        if alike < ALIKE:
            continue
        elsewhere = {item.key for other in best if other is not statement for item in items(other.reading)}
        own_only = [item for item in mine if item.key not in elsewhere or not isinstance(item.key, tuple)]
        if found := _exchanged(own_only, theirs, reading, statement.reading):
            yield "exchanged", found, alike
        if found := _moved(mine, theirs, reading, statement.reading):
            yield "moved", found, alike


def _shared(mine: Sequence[Item], theirs: Sequence[Item]) -> float:
    keys = {item.key for item in theirs}
    content = [item for item in mine if not item.telling]
    if len(content) < LEAST_ITEMS:
        return 0.0
    return sum(item.key in keys for item in content) / len(content)


def _exchanged(mine: Sequence[Item], theirs: Sequence[Item], reading: Reading, source: Reading) -> str | None:
    """Something in the place of another of its kind, between the same neighbours."""
    for own, other in _replaced(mine, theirs):
        if len(own) > 3 or len(other) > 4:
            continue
        for one in own:
            for two in other:
                if _excludes(one, two, reading, source):
                    return f"{two.shown} stands there, not {one.shown}"
    return None


def _replaced(mine: Sequence[Item], theirs: Sequence[Item]) -> Iterator[tuple[Sequence[Item], Sequence[Item]]]:
    matcher = SequenceMatcher(None, [item.key for item in mine], [item.key for item in theirs], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "replace":
            yield mine[a:b], theirs[c:d]


def _excludes(one: Item, two: Item, reading: Reading, source: Reading) -> bool:
    if one.name and two.name:
        offices = one.shown.lower() in ROLES or two.shown.lower() in ROLES
        if (
            offices
            and _in_order([item.key for item in items(reading)], [item.key for item in items(source)])
            < VERY_CLOSE * len(items(reading)) - 1
        ):
            return False
        return one.key != two.key and _foreign(one, two, reading, source)
    if isinstance(one.key, tuple) or isinstance(two.key, tuple):
        return (
            isinstance(one.key, tuple)
            and isinstance(two.key, tuple)
            and one.key[0] == two.key[0]
            and one.key != two.key
            and one.key not in {item.key for item in items(source)}
        )
    if one.key == "must" and two.key == "may":
        # What the source allows is not required. The other way round ("shall have power": "may") is only a wording.
        return not any(item.key in ("not", "no", "only") for item in (*items(reading), *items(source)))
    if one.telling and two.telling:
        return {str(one.key), str(two.key)} in (
            {"before", "after"},
            {"over", "under"},
            {"above", "below"},
            {"all", "some"},
            {"more", "less"},
            {"from", "to"},
        )
    low, other = reading.words[one.at].low, source.words[two.at].low
    opposite = dict(sides(other))
    return any(name in opposite and opposite[name] != side for name, side in sides(low))


def _foreign(one: Item, two: Item, reading: Reading, source: Reading) -> bool:
    """Whether neither text has the other's name at all: else the order or the wording explains it."""
    if one.shown.lower() in _COMMON or two.shown.lower() in _COMMON:
        return False
    here, there = {item.key for item in items(reading)}, {item.key for item in items(source)}
    if two.key in here or one.key in there or one.shown.isupper() or two.shown.isupper():
        return False
    mine, its = set(str(one.key).split()), set(str(two.key).split())
    return not mine & its and str(one.key)[:SAME] != str(two.key)[:SAME]


def _moved(mine: Sequence[Item], theirs: Sequence[Item], reading: Reading, source: Reading) -> str | None:
    """Two items that fit their source much better when exchanged: each stands where the other does there."""
    shown, there = [item for item in mine if not item.telling], [item for item in theirs if not item.telling]
    keys, target = [item.key for item in shown], [item.key for item in there]
    as_is = _in_order(keys, target)
    once = [i for i, key in enumerate(keys) if keys.count(key) == 1 and target.count(key) == 1]
    for n, i in enumerate(once):
        for j in once[n + 1 :]:
            if (
                type(keys[i]) is not type(keys[j])
                or shown[i].name != shown[j].name
                or listed(reading, shown[i], shown[j])
            ):
                continue
            one, two = there[target.index(keys[i])], there[target.index(keys[j])]
            turned = keys[:]
            turned[i], turned[j] = turned[j], turned[i]
            gain = _in_order(turned, target) - as_is
            same = one.at > two.at and _turns(reading, shown[i], shown[j]) == _turns(source, two, one)
            whole = as_is + gain >= VERY_CLOSE * len(keys)
            if (
                same
                and whole
                and (gain >= 2 or (gain == 1 and _same_slots(reading, source, (shown[i], shown[j]), (two, one))))
            ):
                return f"{shown[i].shown} and {shown[j].shown} have changed places"
    return None


def _same_slots(reading: Reading, source: Reading, mine: tuple[Item, Item], theirs: tuple[Item, Item]) -> bool:
    """Whether the same two prepositions stand right before two items on both sides: "of A to B", "of B to A"."""
    here, there = [_preposition(reading, item) for item in mine], [_preposition(source, item) for item in theirs]
    return here == there and all(here) and here[0] != here[1]


def _preposition(reading: Reading, item: Item) -> str:
    before = reading.words[max(0, item.at - 2) : item.at]
    return next((word.low for word in reversed(before) if word.low in _PREPOSITIONS), "")


def _in_order(mine: Sequence[Key], theirs: Sequence[Key]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(theirs) + 1)
    for key in mine:
        diagonal = 0
        for j, other in enumerate(theirs, 1):
            diagonal, row[j] = row[j], diagonal + 1 if key == other else max(row[j], row[j - 1])
    return row[-1]


def listed(reading: Reading, one: Item, two: Item) -> bool:
    """Whether only commas and conjunctions stand between them: the order of a list is free."""
    return all(word.low in (",", "and", "or", "the", "a", "an", "of") for word in reading.words[one.at + 1 : two.at])


_TURNING = frozenset(["by", "before", "after", "than", "following", "followed"])
_PREPOSITIONS = frozenset(["of", "to", "from", "by", "with", "under", "against", "over", "for", "on", "in", "into"])


def _turns(reading: Reading, one: Item, two: Item) -> int:
    """How many words that turn a relation round stand between two items or just before the first."""
    return sum(word.low in _TURNING for word in reading.words[max(0, one.at - 2) : two.at])


def in_order(reading: Reading, statement: Statement) -> float:
    """The share (0..1) of a sentence's items that a statement holds in the same order."""
    theirs = items(statement.reading)
    mine = [item.key for item in as_there(items(reading), theirs) if not item.telling]
    return _in_order(mine, [item.key for item in theirs]) / len(mine) if mine else 0.0
