"""One put in another's place: the source says the same of somebody, or something, else.

"V.D. Savarkar doubted that the uprising was national": a statement has all of that about another historian, and what
the passage says of Savarkar is something else. So the rest of a sentence, weighed by its nearness to a name, is looked
for in the statements that do not have the name; one that has nearly all of it, and another of its kind tied in by the
same word, tells who it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.agents.claims.binding import places_in
from app.agents.claims.exchanges import FACT_WEIGHT, Key, nearest, ordinary, places, slot
from app.agents.claims.fact import Fact
from app.agents.claims.names import ROLES
from app.agents.claims.reading import Reading
from app.agents.claims.statements import Rarity, Source, Statement
from app.agents.claims.words import FUNCTION, stem

# The other's statement has this share of the rest of the sentence, and so much more than any with the name; under a
# title or lead-in that names it, what a pronoun stands for is likely it, and more is asked.
COVERED, AHEAD, BELOW = 0.45, 0.05, 0.2
# And it has this share of it about as near to the other as the sentence has it to the name.
NEAR_BY = 0.3


@dataclass(frozen=True, slots=True)
class Holder:
    """A name, code or word told from others by what it qualifies ("red" in "red soil"): its kind, its last word."""

    shown: str
    kind: str
    at: int
    stems: frozenset[str]
    fact: Fact | None


def replaced(
    reading: Reading, cited: Sequence[Source], best: Sequence[Statement], rarity: Rarity
) -> Iterator[tuple[str, str, float]]:
    """What a sentence says in another's place, that other, and how far (0..1) the other's statement is ahead."""
    mine = list(holders(reading))
    said = frozenset(key for one in mine for key in one.stems)
    here = places(reading)
    for one in mine:
        if ordinary(one.fact, best) if one.fact else not any(_qualifies(one, source) for source in cited):
            continue
        rest = _Rest(reading, here, one, rarity)
        for statement, ahead in _ahead(one, rest, cited, best):
            for other in holders(statement.reading):
                if _in_place(one, other, reading, statement, said) and rest.near(other, statement):
                    yield one.shown, other.shown, ahead


def _ahead(
    one: Holder, rest: "_Rest", cited: Sequence[Source], best: Sequence[Statement]
) -> Iterator[tuple[Statement, float]]:
    """The statements that have the rest of the sentence, but not one itself, where those with it have much less."""
    having = [statement for source in cited for statement in source.statements if has(statement, one)]
    least = max((rest.covered(statement) for statement in having), default=0.0)
    for statement in best:
        below = one.fact is not None and all(key in statement.context for key in one.stems)
        covered = rest.covered(statement)
        ahead = covered - least - (BELOW if below else 0.0)
        if statement not in having and covered >= COVERED and ahead > AHEAD:
            yield statement, ahead


class _Rest:
    """What else a sentence says beside one of its holders, by rarity and by nearness to it."""

    def __init__(self, reading: Reading, here: dict[Key, list[int]], one: Holder, rarity: Rarity) -> None:
        self._near = {
            key: nearest(reading.words, (one.at,), where)
            for key, where in here.items()
            if (key if isinstance(key, str) else key[1]) not in one.stems
        }
        self._weights = {
            key: (rarity[key] if isinstance(key, str) else FACT_WEIGHT) * near for key, near in self._near.items()
        }
        self._total = sum(self._weights.values()) or 1.0

    def covered(self, statement: Statement) -> float:
        """The share (0..1) of it that a statement has."""
        stems, values = statement.reading.stems, statement.reading.values
        return (
            sum(
                weight
                for key, weight in self._weights.items()
                if (key in stems if isinstance(key, str) else key in values)
            )
            / self._total
        )

    def near(self, other: Holder, statement: Statement) -> bool:
        """Whether another stands about as near to it in its statement as the sentence has it to the one."""
        there = places(statement.reading)
        words = statement.reading.words
        found = sum(
            weight * min(1.0, nearest(words, (other.at,), there.get(key, ())) / self._near[key])
            for key, weight in self._weights.items()
        )
        return found >= NEAR_BY * self._total


def holders(reading: Reading) -> Iterator[Holder]:
    """The names, codes and qualifying words of a text."""
    inside: set[int] = set()
    for fact in reading.facts:
        inside.update(range(fact.at, fact.end))
        if fact.kind == "name" and fact.value not in FUNCTION:
            parts = fact.value.split()
            kind = "office" if any(part in ROLES for part in parts) else "name"
            yield Holder(fact.shown, kind, fact.end - 1, frozenset(stem(part) for part in parts), fact)
        elif fact.kind == "code":
            yield Holder(fact.shown, "code", fact.at, frozenset((fact.value,)), fact)
    words = reading.words
    for i, word in enumerate(words[:-1]):
        head = words[i + 1]
        if word.content and head.content and head.text.islower() and i not in inside and i + 1 not in inside:
            yield Holder(f"{word.text} {head.text}", f"word {head.stem}", i, frozenset((word.stem,)), None)


def _qualifies(one: Holder, source: Source) -> bool:
    """Whether a passage has the two words together: a wording of the sentence's own stands in nobody's place."""
    kind = one.kind.removeprefix("word ")
    return any(
        other.clause == word.clause and word.stem in one.stems and other.stem == kind
        for reading in source.readings
        for word, other in pairwise(reading.words)
    )


def has(statement: Statement, one: Holder) -> bool:
    """Whether a statement names it itself."""
    if one.fact is None:
        return bool(one.stems & statement.reading.stems.keys())
    return any(True for _ in places_in(one.fact, statement.reading))


def _in_place(one: Holder, other: Holder, reading: Reading, statement: Statement, said: frozenset[str]) -> bool:
    """Whether another is of one's kind, not in the sentence, and tied in by the same word."""
    if one.kind != other.kind or other.stems & (said | one.stems):
        return False
    return slot(reading, one.at) == slot(statement.reading, other.at)
