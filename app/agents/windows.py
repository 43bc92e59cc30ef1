"""Finds what to quote from a passage: short runs of neighbouring units that answer the question best."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.agents.terms import terms
from app.agents.units import Unit, units
from app.retrieval.passage import Passage

MOST_UNITS = 4
MOST_CHARACTERS = 900
# A neighbour joins when it says at least this share of what the best unit says about the question.
JOINS = 0.35
# Clauses stand better alone than sentences do.
CLAUSE_JOINS = 0.6
# What the passage's title says already, all of it is about: such terms tell its units apart only this much.
TITLE_SHARE = 0.3
# What a unit's heading says about the question counts this much beside what the unit says.
HEADING_SHARE = 0.6
# Added, as a share of the best possible score, to units of the child that the search liked best, and to the opening.
CHILD_BONUS = 0.25
OPENING_BONUS = 0.2

_ASKS_ASIDES = re.compile(r"\b(?:provis?o|provided|exceptions?|explanation|unless|except)\b", re.IGNORECASE)
_LEANS_BACK = re.compile(
    r"^(?:it|its|they|their|this|that|these|those|he|she|his|such|however|but|further|moreover|thus|hence|therefore|"
    r"also|both|the (?:same|latter|former))\b",
    re.IGNORECASE,
)
# A last sentence without an end, a first one that begins small.
_IS_CUT = (re.compile(r"[^.!?…।॥:;\"'”’)\]*]$"), re.compile(r"^[a-z]"))


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring units of one passage (numbered from 1 among the sources) and how well they fit."""

    number: int
    units: tuple[Unit, ...]
    first: int
    score: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the question asks for: its terms with their weights, and whether provisos are wanted."""

    weights: Mapping[str, float]
    asides: bool

    def score(self, text: str) -> float:
        """The share (0..1) of the question's weight that a text covers."""
        total = sum(self.weights.values())
        return sum(self.weights[term] for term in set(terms(text)) if term in self.weights) / total if total else 0.0

    def within(self, header: str) -> "Wanted":
        """The same question inside a passage with that title."""
        told = set(terms(header))
        weights = {term: weight * (TITLE_SHARE if term in told else 1.0) for term, weight in self.weights.items()}
        return Wanted(weights, self.asides)


def wanted(question: str, rarity: Mapping[str, float]) -> Wanted:
    """What a question wants, its terms weighted by their rarity among the passages; those in none weigh nothing."""
    weights = {term: rarity[term] for term in terms(question) if term in rarity}
    return Wanted(weights, _ASKS_ASIDES.search(question) is not None)


def best(number: int, passage: Passage, want: Wanted, *, most: int = 1) -> list[Window]:
    """Up to `most` windows of one passage in document order, best ones chosen; empty for a passage without text."""
    all_units = units(passage.text)
    open_units = _whole(all_units, [i for i, unit in enumerate(all_units) if want.asides or not unit.aside])
    inside = want.within(passage.header)
    scores = {i: _score(all_units[i], i == open_units[0], passage, inside) for i in open_units}
    windows: list[Window] = []
    while scores and len(windows) < most:
        anchor = max(scores, key=lambda i: (scores[i], -i))
        if windows and scores[anchor] < JOINS:
            break
        chosen = _grown(anchor, all_units, scores)
        text = " ".join(f"{all_units[i].heading} {all_units[i].lead} {all_units[i].text}" for i in chosen)
        windows.append(
            Window(number, tuple(all_units[i] for i in chosen), chosen[0], want.score(f"{passage.header} {text}"))
        )
        # What touches a chosen window under its heading is part of it or was judged not worth it.
        for i in range(max(chosen[0] - 1, 0), min(chosen[-1] + 2, len(all_units))):
            if i in chosen or all_units[i].heading == all_units[anchor].heading:
                scores.pop(i, None)
    return sorted(windows, key=lambda window: window.first)


def _whole(all_units: Sequence[Unit], numbers: list[int]) -> list[int]:
    """Without the half sentences that a passage cut from a longer text may begin and end with, if more is left."""
    cut = {
        i
        for i in (0, len(all_units) - 1)
        if all_units and not all_units[i].lines and _IS_CUT[i == 0].search(all_units[i].text)
    }
    return [i for i in numbers if i not in cut] or numbers


def _score(unit: Unit, opening: bool, passage: Passage, want: Wanted) -> float:
    said = f"{unit.lead} {unit.text}"
    score = want.score(said)
    score += HEADING_SHARE * (want.score(f"{unit.heading} {said}") - score)
    if _flat(unit.text)[:80] in _flat(passage.best_child):
        score += CHILD_BONUS
    return score + (OPENING_BONUS if opening else 0.0)


def _grown(anchor: int, all_units: Sequence[Unit], scores: Mapping[int, float]) -> list[int]:
    """The anchor and its neighbours: first what it leans on, then what still speaks of the question, then one more."""
    chosen = [anchor]
    room = MOST_CHARACTERS - len(all_units[anchor].text)

    def take(i: int) -> bool:
        nonlocal room
        if (
            i not in scores
            or all_units[i].heading != all_units[anchor].heading
            or len(chosen) >= MOST_UNITS
            or len(all_units[i].text) > room
        ):
            return False
        room -= len(all_units[i].text)
        chosen.append(i)
        return True

    while not all_units[chosen[-1]].lines and _LEANS_BACK.match(all_units[chosen[-1]].text) and take(min(chosen) - 1):
        pass
    floor = (CLAUSE_JOINS if all_units[anchor].lines else JOINS) * scores[anchor]
    while scores.get(max(chosen) + 1, 0.0) >= floor and take(max(chosen) + 1):
        pass
    while scores.get(min(chosen) - 1, 0.0) >= floor and take(min(chosen) - 1):
        pass
    if len(chosen) == 1 and not all_units[anchor].lines:
        take(anchor + 1)
    return sorted(chosen)


def _flat(text: str) -> str:
    return " ".join(text.split())
