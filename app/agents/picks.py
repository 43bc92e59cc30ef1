"""Which units of the passages answer a question, best first, whatever passage they stand in."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.agents import actions, named
from app.agents import aim as aims
from app.agents.actions import Action
from app.agents.aim import Aim
from app.agents.terms import rarity, terms
from app.agents.units import Unit, units
from app.agents.wanted import Wanted, leans_back, sides, wanted, whole
from app.retrieval.meaning import Closeness, unknown
from app.retrieval.names import spelled_out
from app.retrieval.passage import Passage

# Shares of a score that the words alone do not decide. Tuned on questions of our own over content/.
PASSAGE_SHARE = 0.5
HEADER_SHARE = 0.4
CHILD_SHARE = 0.15
SHOWN_SHARE = 0.2
DEFINES_SHARE = 0.35
OPENING_SHARE = 0.15
HEADING_SHARE = 0.5
CLOSE_SHARE = 0.8
# What the rest of its section says of the question: a sentence rarely repeats the subject of the one before it.
AROUND_SHARE = 0.4
# A heading of the question's own words, or one that names the side of the subject that is asked for.
NAMED_SHARE = 0.2
SIDE_SHARE = 0.2
# What the question names must be in the sentence or the titles above it.
SUBJECT_SHARE = 0.3
# Asked who does something to somebody: the page is called by that one, says who puts him into office, or has the parts
# exchanged: what the Governor appoints, not who appoints him.
TITLED_SHARE = 0.6
SETTLED_SHARE = 0.3
TURNED_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Pick:
    """A unit of a numbered passage and how well it answers; `base` leaves out that it defines or opens."""

    number: int
    place: int
    unit: Unit
    score: float
    base: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the choice of quotes sees it: what sentences are to hold, and what headings are.

    `close` gives a text's cosine to the question, 0 when unknown.
    """

    text: str
    aim: Aim
    want: Wanted
    facets: Wanted
    close: Closeness
    sides: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()
    action: Action | None = None


def asked(question: str, numbered: Sequence[tuple[int, Passage]], close: Closeness = unknown) -> Asked:
    """The question beside these passages, whose words say which of its own are rare."""
    seen = rarity(terms(f"{unit.heading} {unit.text}") for _, passage in numbered for unit in units(passage.text))
    # "RTI Act" asks for what stands under the Act's full name.
    full = spelled_out(question)
    want, facets = wanted(full, seen), wanted(full, seen, light=1.0)
    told = [f"{passage.header} {passage.text}" for _, passage in numbered]
    action = actions.asked(question)
    return Asked(
        question,
        aims.of(question),
        want,
        facets,
        close,
        sides(question),
        names=named.subject(question) & set[str]().union(*map(named.words, told)),
        action=action if action and any(map(action.names_it_in, told)) else None,
    )


def ranked(question: Asked, numbered: Sequence[tuple[int, Passage]]) -> list[Pick]:
    """All units that may be quoted, best first."""
    found = [pick for number, passage in numbered for pick in _scored(question, number, passage)]
    return sorted(found, key=lambda pick: (-pick.score, pick.number, pick.place))


def _scored(question: Asked, number: int, passage: Passage) -> list[Pick]:
    every = units(passage.text)
    places = whole(every, asides=question.want.asides)
    inside = question.want.within(passage.header)
    child = _flat(passage.best_child)
    sections = _sections(every)
    first = places[0] if places else 0
    found = []
    for i in places:
        base = _base(question, inside, every[i], passage, child)
        base += AROUND_SHARE * max(0.0, inside.share(sections[every[i].heading]) - inside.score(_said(every[i])))
        found.append(Pick(number, i, every[i], base + _defines(question, every[i], opening=i == first), base))
    return found


def _sections(every: Sequence[Unit]) -> dict[str, set[str]]:
    """The terms of each section, by its heading."""
    found: dict[str, set[str]] = {}
    for unit in every:
        found.setdefault(unit.heading, set()).update(terms(f"{unit.heading} {_said(unit)}"))
    return found


def _base(question: Asked, inside: Wanted, unit: Unit, passage: Passage, child: str) -> float:
    said = _said(unit)
    score = inside.score(said)
    score += HEADING_SHARE * max(0.0, question.facets.score(f"{unit.heading} {said}") - score) if unit.heading else 0.0
    score += _headed(question, unit.heading)
    score += PASSAGE_SHARE * (passage.score + passage.structured) + HEADER_SHARE * question.want.score(passage.header)
    score += CLOSE_SHARE * question.close(unit.text)
    score += _on_subject(question, unit, passage)
    if _flat(unit.text)[:80] in child:
        score += CHILD_SHARE
    if question.aim.shown_by(unit.text):
        score += SHOWN_SHARE
    return score - (SHOWN_SHARE if leans_back(unit.text) else 0.0)


def _on_subject(question: Asked, unit: Unit, passage: Passage) -> float:
    """How much speaks for or against that the unit is about what the question names, with its part in what is done."""
    said = f"{passage.header} {unit.heading} {_said(unit)}"
    missing = question.names - named.words(said)
    score = -SUBJECT_SHARE * len(missing) / len(question.names) if missing else 0.0
    action = question.action
    if action is None:
        return score
    score += TITLED_SHARE if action.names_it_in(passage.header) else 0.0
    score += SETTLED_SHARE if action.settled_in(unit.text) else 0.0
    turned = action.done_in(_said(unit)) is False and not action.done_in(f"{passage.header} {unit.heading}")
    return score - (TURNED_SHARE if turned else 0.0)


def _headed(question: Asked, heading: str) -> float:
    """How much the heading alone says that the section is what was asked for."""
    named = frozenset(terms(heading))
    said = len(named & question.want.weights.keys()) / len(named) if named else 0.0
    return NAMED_SHARE * said + SIDE_SHARE * len(question.sides & sides(heading))


def _said(unit: Unit) -> str:
    return f"{unit.lead} {unit.text}"


def _defines(question: Asked, unit: Unit, *, opening: bool) -> float:
    if not question.aim.wants_definition:
        return 0.0
    return DEFINES_SHARE * question.want.share(aims.subject(unit.text)) + (OPENING_SHARE if opening else 0.0)


def _flat(text: str) -> str:
    return " ".join(text.split())
