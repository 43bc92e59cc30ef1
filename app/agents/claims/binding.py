"""Where a text has a fact of a sentence, and how near two of its words stand."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.agents.claims.fact import Fact
from app.agents.claims.reading import Reading
from app.agents.claims.words import stem

# Words at this distance count half; each boundary of a clause counts as three words more.
HALF_DISTANCE = 4.0
CLAUSE_DISTANCE = 1.5


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Something near a fact in the sentence: a stem or another fact's value; `weight` is rarity times nearness."""

    key: str | tuple[str, str]
    weight: float
    nearness: float


def near(reading: Reading, a: int, b: int) -> float:
    """The nearness (0..1) of two words of one text."""
    words = reading.words
    distance = abs(a - b) + CLAUSE_DISTANCE * abs(words[a].clause - words[b].clause)
    return 1.0 / (1.0 + distance / HALF_DISTANCE)


def places_in(fact: Fact, reading: Reading) -> Iterator[int]:
    """Where a text has a fact: the index of a word of it, for a name its last."""
    if fact.kind == "name":
        yield from _name_places(fact.value, reading)
    elif fact.kind == "number":
        for other in reading.facts:
            if other.kind == "number" and same_number(fact.value, other.value):
                yield other.at
    else:
        for other in reading.values.get((fact.kind, fact.value), ()):
            yield other.at


def _name_places(value: str, reading: Reading) -> Iterator[int]:
    parts = [stem(part) for part in value.split()]
    found = False
    for fact in reading.facts:
        if fact.kind == "name":
            there = {stem(part) for part in fact.value.split()}
            if there.issuperset(parts) or (parts[-1] in there and there.issubset(parts)):
                found = True
                yield fact.end - 1
    if not found and all(part in reading.stems for part in parts):
        yield from reading.stems[parts[-1]]


def same_number(one: str, other: str) -> bool:
    """Whether two numbers are equal in value and, where both have a unit, in unit; a year is twelve months."""
    if one == other:
        return True
    value, _, unit = one.partition(" ")
    other_value, _, other_unit = other.partition(" ")
    if unit in _SPANS and other_unit in _SPANS and unit != other_unit:
        return float(value) * _SPANS[unit] == float(other_value) * _SPANS[other_unit]
    return value == other_value and (not unit or not other_unit or unit == other_unit)


# In months; weeks and days in fractions that meet nothing else by accident.
_SPANS = {"year": 12.0, "month": 1.0, "week": 7 / 1_000, "day": 1 / 1_000}
