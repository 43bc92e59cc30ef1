"""Two of one kind that a sentence has exchanged: what stands with the one there stands with the other here.

"The Nayanars sang of Vishnu, and the Alvars of Shiva": every word of it is in its source, and each statement has both
names. So for two names (or two words that are told side by side, as "rural" and "urban") every other word of the
sentence votes: it leans to the one that it stands nearer to, in the sentence and in the source, and it votes for an
exchange where it leans to different ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.agents.claims.binding import places_in
from app.agents.claims.fact import Fact
from app.agents.claims.names import ROLES
from app.agents.claims.opposites import sides
from app.agents.claims.reading import Reading
from app.agents.claims.statements import Rarity, Statement
from app.agents.claims.words import Word, stem

# Words at this distance count half; half a boundary of a clause counts as so many words.
HALF_DISTANCE, CLAUSE_DISTANCE = 4.0, 2.0
# A vote against an exchange weighs so much more than one for it.
TIMES = 2.0
FACT_WEIGHT = 2.0
# Nearer than half of this a word's lean counts less.
SURE = 0.5
# So far before a name stands the word that ties it in.
REACH = 4
PREPOSITIONS = frozenset(
    ("of", "to", "from", "by", "with", "under", "against", "over", "for", "on", "in", "at", "into")
)
_OPENING = frozenset(
    (",", ";", ":", "(", ")", "—", "–", "and", "or", "but", "while", "whereas", "that", "which", "who")
)
_LISTING = frozenset(("and", "or", "the", "a", "an"))
Key = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Thing:
    """What may have been exchanged: a name or a word, where the sentence has it and where each statement does."""

    shown: str
    kind: str
    stems: frozenset[str]
    here: tuple[int, ...]
    there: tuple[tuple[int, ...], ...]


def exchanged(reading: Reading, best: Sequence[Statement], rarity: Rarity) -> Iterator[tuple[str, str, str, float]]:
    """Pairs of a sentence that words vote to exchange, by the statements it is about: kind, both, the votes' lead.

    The kind is "name" or "word" where the two are alike and told apart, "any" for other names.
    """
    found = list(things(reading, best))
    ballot = _Ballot(reading, best, rarity)
    for i, one in enumerate(found):
        for two in found[i + 1 :]:
            comparable = _comparable(one, two, reading, best)
            if not comparable and (one.kind != two.kind or one.kind == "word" or one.stems & two.stems):
                continue
            lead = ballot.lead(one, two)
            if lead > 0:
                kind = "any" if not comparable else "word" if one.kind == "word" else "name"
                yield kind, one.shown, two.shown, lead


class _Ballot:
    """How the words of one sentence vote; what is near what is worked out once."""

    def __init__(self, reading: Reading, best: Sequence[Statement], rarity: Rarity) -> None:
        self._rarity = rarity
        self._words = [reading.words, *(one.reading.words for one in best)]
        self._places = [places(one) for one in (reading, *(statement.reading for statement in best))]
        self._known: dict[tuple[str, Key, bool], float] = {}

    def lead(self, one: Thing, two: Thing) -> float:
        """How far the votes for an exchange are ahead, less `TIMES` those against it."""
        for_it = against = 0.0
        for key in self._places[0]:
            if key in one.stems or key in two.stems:
                continue
            vote = self._lean(key, one, two, here=True) * self._lean(key, one, two, here=False)
            vote *= self._rarity[key] if isinstance(key, str) else FACT_WEIGHT
            if vote < 0:
                for_it -= vote
            else:
                against += vote
        return for_it - TIMES * against

    def _lean(self, key: Key, one: Thing, two: Thing, *, here: bool) -> float:
        """-1..1: how much nearer a word is to `one` than to `two`, less where it is near neither."""
        first, second = self._near(key, one, here=here), self._near(key, two, here=here)
        most = max(first, second)
        return (first - second) / most * min(1.0, most / SURE) if most else 0.0

    def _near(self, key: Key, thing: Thing, *, here: bool) -> float:
        asked = (thing.shown, key, here)
        if asked not in self._known:
            texts = [0] if here else range(1, len(self._words))
            places = [thing.here, *thing.there]
            self._known[asked] = max(
                (nearest(self._words[n], places[n], self._places[n].get(key, ())) for n in texts), default=0.0
            )
        return self._known[asked]


def places(reading: Reading) -> dict[Key, list[int]]:
    """Where a text has each stem and each fact that is no name."""
    # An initial stands with everybody's name.
    found: dict[Key, list[int]] = {key: where for key, where in reading.stems.items() if len(key) > 1}
    for value, facts in reading.values.items():
        if value[0] not in ("name", "month"):
            found[value] = [fact.at for fact in facts]
    return found


def nearest(words: Sequence[Word], some: Sequence[int], others: Sequence[int]) -> float:
    found = 0.0
    for a in some:
        for b in others:
            distance = abs(a - b) + CLAUSE_DISTANCE * abs(words[a].clause - words[b].clause)
            found = max(found, 1.0 / (1.0 + distance / HALF_DISTANCE))
    return found


def things(reading: Reading, best: Sequence[Statement]) -> Iterator[Thing]:
    """The names and the plain words of a sentence that its statements have too."""
    inside: set[int] = set()
    names: dict[str, list[Fact]] = {}
    for fact in reading.facts:
        if fact.kind == "name":
            inside.update(range(fact.at, fact.end))
            names.setdefault(fact.value, []).append(fact)
    for value, facts in names.items():
        if ordinary(facts[0], best):
            inside.difference_update(range(facts[0].at, facts[0].end))
            continue
        stems = frozenset(stem(part) for part in value.split())
        kind = "office" if any(part in ROLES for part in value.split()) else "name"
        there = tuple(tuple(places_in(facts[0], one.reading)) for one in best)
        if any(there):
            yield Thing(facts[0].shown, kind, stems, tuple(fact.end - 1 for fact in facts), there)
    for (kind, value), facts in reading.values.items():
        if kind == "code":
            there = tuple(tuple(places_in(facts[0], one.reading)) for one in best)
            yield Thing(facts[0].shown, kind, frozenset((value,)), tuple(fact.at for fact in facts), there)
    for key, places in reading.stems.items():
        here = tuple(i for i in places if i not in inside)
        there = tuple(tuple(one.reading.stems.get(key, ())) for one in best)
        if here and any(there):
            yield Thing(reading.words[here[0]].text, "word", frozenset((key,)), here, there)


def ordinary(fact: Fact, best: Sequence[Statement]) -> bool:
    """Whether a name that opens a sentence is an ordinary word: a source has it without a capital."""
    return fact.at == 0 and any(
        word.text.islower() and word.stem == stem(fact.value) for one in best for word in one.reading.words
    )


def _comparable(one: Thing, two: Thing, reading: Reading, best: Sequence[Statement]) -> bool:
    """Whether two things are of one kind and told apart: names in clauses of their own, words side by side."""
    if one.kind != two.kind or one.stems & two.stems:
        return False
    if one.kind == "word":
        there = [(statement.reading.words, i) for n, statement in enumerate(best) for i in one.there[n]]
        others = [(statement.reading.words, i) for n, statement in enumerate(best) for i in two.there[n]]
        if _open([reading], [one.here], [two.here]) and _open(
            [statement.reading for statement in best], one.there, two.there
        ):
            return True
        return any(_paired(reading.words, i, reading.words, j) for i in one.here for j in two.here) and any(
            _paired(words, i, more, j) for words, i in there for more, j in others
        )
    if not all(_apart(reading, i, j) for i in one.here for j in two.here):
        return False
    return _alike([reading], [one.here], [two.here]) and _alike(
        [statement.reading for statement in best], one.there, two.there
    )


def _alike(readings: Sequence[Reading], one: Sequence[tuple[int, ...]], two: Sequence[tuple[int, ...]]) -> bool:
    """Whether two things are tied in by the same word somewhere, or never told in one statement."""
    if not any(i and j for i, j in zip(one, two, strict=True)):
        return True
    first = {slot(reading, i) for reading, places in zip(readings, one, strict=True) for i in places}
    return any(slot(reading, i) in first for reading, places in zip(readings, two, strict=True) for i in places)


def _open(readings: Sequence[Reading], one: Sequence[tuple[int, ...]], two: Sequence[tuple[int, ...]]) -> bool:
    """Whether two words each open a clause of one text."""
    return any(
        reading.words[i].clause != reading.words[j].clause and not slot(reading, i) and not slot(reading, j)
        for reading, first, second in zip(readings, one, two, strict=True)
        for i in first
        for j in second
    )


def slot(reading: Reading, at: int) -> str:
    """How what ends at a word is tied in: by the preposition before it, "" where it does a thing, "-" after a word."""
    words = reading.words
    begin = next((fact.at for fact in reading.facts if fact.at <= at < fact.end), at)
    for i in range(begin - 1, max(-1, begin - REACH - 1), -1):
        word = words[i]
        if word.low in PREPOSITIONS:
            doer = word.low == "by" or (word.low == "with" and i > 0 and words[i - 1].low == ",")
            return "" if doer else word.low
        if word.low in _OPENING:
            return ""
        if word.content and not word.text[0].isupper():
            return "-"
    return "" if begin < REACH else "-"


def _apart(reading: Reading, one: int, two: int) -> bool:
    """Whether two names are neither in one clause nor only joined or listed: "the Maharaja of Jammu and Kashmir"."""
    words, (first, last) = reading.words, sorted((one, two))
    if words[first].clause == words[last].clause:
        return False
    return any(word.text.islower() and word.low not in _LISTING for word in words[first + 1 : last])


def _paired(words: Sequence[Word], one: int, others: Sequence[Word], two: int) -> bool:
    """Whether two words are told side by side: they are opposites, or the same word follows both."""
    if _next(words, one) and _next(words, one) == _next(others, two):
        return True
    mine = dict(sides(words[one].low))
    return any(name in mine and mine[name] != side for name, side in sides(others[two].low))


def _next(words: Sequence[Word], at: int) -> str:
    return words[at + 1].stem if at + 1 < len(words) and words[at + 1].content else ""
