"""The quotes of one answer: the sentence that answers first, then the points that belong to it."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby

from app.agents import named, picks, quotation
from app.agents.aim import SPECIFIC
from app.agents.picks import Asked, Pick
from app.agents.terms import terms
from app.agents.units import Unit, units
from app.agents.wanted import announced, continues, leans_back, sides
from app.retrieval.passage import Passage

# A point says at least this share of what the answering sentence does; a neighbour under its heading, less.
POINT_SHARE = 0.5
NEARER = 0.15
# The same where a clause of law, or a whole section, is the answer.
WHOLE_SHARE = 0.7
# One that says how many things follow it is heard from this share on.
ANNOUNCER_SHARE = 0.7
# Sentences that go on with the answer hardly need words of the question.
CONTINUES_SHARE = 0.2
# The sentence right after it says why, or gives the example.
NEXT_SHARE = 0.3
MOST_CONTINUED = 4
# Another document has to come this near.
OTHER_SHARE = 0.8
# A heading with this share of the question's weight is about it.
ABOUT = 0.3
# What a side of the subject, in a heading in other words, counts beside them.
SIDE = 0.35
# So many units of it stand in a broad answer beside what the other sections say.
BROAD_SECTION = 3
OWN_SECTION = 3
# Where little comes near, an answer that is no plain fact still gets so many points, its document's best.
LEAST_POINTS = 3
# Two sentences with this share of their words in common say the same.
SAME_SHARE = 0.6
# A sentence is about what it names within so many characters.
BEGINS = 45
MOST_CHARACTERS = 1_100

Numbered = Sequence[tuple[int, Passage]]


class Quotes:
    """Chooses quotes from numbered passages, each at most once."""

    def __init__(self, question: Asked, numbered: Numbered, *, skip: re.Pattern[str] | None = None) -> None:
        """`skip` matches the headings under which nothing is quoted."""
        self._question = question
        self._passages = dict(numbered)
        self._units = {number: units(passage.text) for number, passage in numbered}
        ranked = picks.ranked(question, numbered)
        self._ranked = [pick for pick in ranked if not (skip and skip.search(pick.unit.heading))]
        self._used: set[tuple[int, int]] = set()
        self._said: list[frozenset[str]] = []

    def answer(self, *, outside: re.Pattern[str] | None = None) -> list[Pick]:
        """The best unit, with the ones before it that it leans on, in order; nothing when there is no text.

        Not from under a heading that matches `outside`.
        """
        fitting = (pick for pick in self._ranked if not (outside and outside.search(pick.unit.heading)))
        return self._first(fitting, 1)

    def points(self, answer: Sequence[Pick], most: int, *, outside: re.Pattern[str] | None = None) -> list[Pick]:
        """Up to `most` further units, the answer's own passage first, in document order.

        A question for a list gets the section that is about it, a broad one what each section says first, others what
        comes near the answer in worth.
        """
        if not answer:
            return []
        best = max(answer, key=lambda pick: pick.score)
        room = MOST_CHARACTERS - sum(len(pick.unit.text) for pick in answer)
        chosen: list[Pick] = []
        for pick in self._in_line(best):
            if len(chosen) >= most:
                break
            if outside and outside.search(pick.unit.heading):
                continue
            taken = self._take(pick, room)
            room -= sum(len(one.unit.text) for one in taken)
            chosen += taken
        if len(chosen) < LEAST_POINTS and self._question.aim.kind not in SPECIFIC and not best.unit.lines:
            chosen += self._first(self._of_document(best), LEAST_POINTS - len(chosen))
        return sorted(chosen[:most], key=lambda pick: (pick.number != best.number, pick.number, pick.place))

    def _in_line(self, best: Pick) -> Iterator[Pick]:
        """Who may become a point, in the order of being asked."""
        yield from self._announced(best)
        share = WHOLE_SHARE if best.unit.lines else POINT_SHARE
        match self._question.aim.kind:
            case "list":
                about = self._section(best, at_least=ABOUT)
                share = WHOLE_SHARE if about else share
                yield from about or self._section(best)[:OWN_SECTION]
            case "broad":
                yield from self._section(best, at_least=ABOUT)[:BROAD_SECTION]
                yield from self._openings(best)
            case "plain" | "definition" if self._question.sides:
                yield from self._section(best, at_least=ABOUT)[:BROAD_SECTION]
        yield from (pick for pick in self._ranked if self._belongs(pick, best, share))

    def _announced(self, best: Pick) -> Iterator[Pick]:
        """What a sentence such as "There are five components" leads to: so many sentences that follow it.

        Another sentence than the best one is heard when it counts what the question asks for.
        """
        asked = set(terms(self._question.text))
        for pick in [best, *(one for one in self._ranked if one.base >= ANNOUNCER_SHARE * best.base)]:
            count, things = announced(pick.unit.text)
            if not count or not (pick == best or asked & things):
                continue
            last = pick.place + count
            after = (one for one in self._beside(pick) if pick.place < one.place <= last)
            yield from [pick, *sorted(after, key=lambda one: one.place)]
            return

    def _beside(self, pick: Pick) -> list[Pick]:
        """The units of its section, it among them, best first."""
        return [one for one in self._ranked if (one.number, one.unit.heading) == (pick.number, pick.unit.heading)]

    def _section(self, best: Pick, at_least: float = 0.0) -> list[Pick]:
        """The units of the section of the answer's document whose heading is about the question, else of its own."""
        document = self._of_document(best)
        about = {pick.unit.heading: self._about(pick.unit.heading) for pick in document}
        heading = max(about, key=lambda name: (about[name], name == best.unit.heading), default="")
        if not heading or about[heading] < ABOUT:
            heading = "" if at_least else best.unit.heading
        found = [pick for pick in document if pick.unit.heading == heading and heading]
        return sorted(found, key=lambda pick: (pick.number, pick.place))

    def _about(self, heading: str) -> float:
        """How much of the question a heading has: its words, or the sides of the subject that it asks for."""
        return max(self._question.facets.score(heading), SIDE * len(self._question.sides & sides(heading)))

    def _openings(self, best: Pick) -> list[Pick]:
        """The best unit of each section of the answer's document, in order."""
        by_heading: dict[str, Pick] = {}
        for pick in self._of_document(best):
            by_heading.setdefault(pick.unit.heading, pick)
        return sorted(by_heading.values(), key=lambda pick: (pick.number, pick.place))

    def _of_document(self, best: Pick) -> list[Pick]:
        document = self._passages[best.number].document_id
        return [pick for pick in self._ranked if self._passages[pick.number].document_id == document]

    def opening(self, most: int) -> list[Pick]:
        """The sentence that opens the first passage, which says what its theme is."""
        return self._first(sorted(self._ranked, key=lambda pick: (pick.number, pick.place)), most)

    def under(self, heading: re.Pattern[str], most: int, *, first: bool = False) -> list[Pick]:
        """Up to `most` units under headings that match, the best or the `first` ones, in document order."""
        fitting = [pick for pick in self._ranked if heading.search(pick.unit.heading)]
        if first:
            fitting.sort(key=lambda pick: (pick.number, pick.place))
        return self._first(fitting, most)

    def saying(self, words: re.Pattern[str], most: int, *, without: re.Pattern[str] | None = None) -> list[Pick]:
        """Up to `most` units that begin with these words, or nearly, and do not have those `without`."""
        ranked = [pick for pick in self._ranked if not (without and without.search(pick.unit.text))]
        return self._first([pick for pick in ranked if words.search(pick.unit.text, 0, BEGINS)], most)

    def best(self, most: int, *, among: Collection[int] = ()) -> list[Pick]:
        """Up to `most` of the best units, of these passages if any are named, in document order."""
        return self._first([pick for pick in self._ranked if not among or pick.number in among], most)

    def _first(self, fitting: Iterable[Pick], most: int) -> list[Pick]:
        chosen: list[Pick] = []
        for pick in fitting:
            if len(chosen) >= most:
                break
            if (pick.number, pick.place) not in self._used:
                chosen += self._take(pick)
        return sorted(chosen, key=lambda pick: (pick.number, pick.place))

    def _belongs(self, pick: Pick, best: Pick, share: float) -> bool:
        if self._passages[pick.number].document_id != self._passages[best.number].document_id:
            return self._on_subject(pick.number, best.number) and pick.base >= OTHER_SHARE * best.base
        if self._goes_on(best, pick):
            return pick.base >= CONTINUES_SHARE * best.base
        if self._question.aim.kind not in SPECIFIC and self._follows(best, pick):
            return pick.base >= NEXT_SHARE * best.base
        beside = (pick.number, pick.unit.heading) == (best.number, best.unit.heading) and abs(
            pick.place - best.place
        ) <= 2
        return pick.base >= (share - NEARER if beside else share) * best.base

    def _follows(self, best: Pick, pick: Pick) -> bool:
        return (pick.number, pick.place, pick.unit.heading) == (best.number, best.place + 1, best.unit.heading)

    def _goes_on(self, best: Pick, pick: Pick) -> bool:
        """Whether every sentence from the best one to this continues it."""
        if (pick.number, pick.unit.heading) != (best.number, best.unit.heading) or not best.place < pick.place:
            return False
        between = self._units[best.number][best.place + 1 : pick.place + 1]
        return len(between) <= MOST_CONTINUED and all(continues(unit.text) for unit in between)

    def _on_subject(self, number: int, first: int) -> bool:
        """A second passage that lacks a name which the question and the first one have speaks of another thing."""
        called = named.capitalised(self._question.text) & _words(self._passages[first])
        return number == first or called <= _words(self._passages[number])

    def _take(self, pick: Pick, room: int = 1_000_000) -> list[Pick]:
        every, place = self._units[pick.number], pick.place
        taken = [pick]
        while place and not every[place].lines and leans_back(every[place].text) and len(taken) < 3:
            place -= 1
            if every[place].heading != pick.unit.heading or (pick.number, place) in self._used:
                break
            taken.insert(0, Pick(pick.number, place, every[place], 0.0))
        fresh = [one for one in taken if (one.number, one.place) not in self._used]
        said = frozenset(terms(pick.unit.text))
        if pick not in fresh or self._repeats(said) or sum(len(one.unit.text) for one in fresh) > room:
            return []
        self._used |= {(one.number, one.place) for one in fresh}
        self._said.append(said)
        return fresh

    def _repeats(self, said: frozenset[str]) -> bool:
        return any(len(said & other) > SAME_SHARE * max(1, len(said | other)) for other in self._said)


def paragraph(chosen: Sequence[Pick]) -> Iterator[str]:
    """Chosen units one after the other: sentences as a paragraph, clauses on lines of their own."""
    for (number, lines), run in groupby(chosen, key=lambda pick: (pick.number, pick.unit.lines)):
        found: list[Unit] = [pick.unit for pick in run]
        yield quotation.clause(found, number) if lines else " ".join(quotation.sentence(one, number) for one in found)
        yield "\n\n"


def listed(chosen: Sequence[Pick]) -> Iterator[str]:
    """Chosen units as a list; one that leans on the unit before it shares its item."""
    for place, pick in enumerate(chosen):
        before = chosen[place - 1] if place else None
        joined = (
            before and leans_back(pick.unit.text) and (before.number, before.place) == (pick.number, pick.place - 1)
        )
        yield f"  {quotation.sentence(pick.unit, pick.number)}\n" if joined else quotation.point(pick.unit, pick.number)


def _words(passage: Passage) -> set[str]:
    return named.words(f"{passage.header} {passage.text}")
