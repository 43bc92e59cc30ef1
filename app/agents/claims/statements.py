"""The sentences and clauses of passages, read once: what each says, and the title and lead-in it says it under."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from app.agents import sentences
from app.agents.claims.fact import Fact
from app.agents.claims.reading import Reading, plain, read
from app.agents.units import units
from app.retrieval.passage import Passage

# A statement longer than this many characters is cut at the ends of sentences.
LONG = 240
# A list of so many numbered lines can be counted.
LEAST_ENTRIES = 3
_ENTRY = re.compile(r"[ \t]{0,8}(?:\d{1,3}[.)]|\([a-z]{1,4}\)|[-*•])[ \t]")
# Reading a passage takes 4 to 6 ms, and the same ones are cited again and again: some 30 MB.
_REMEMBERED_LINES = 8_192
_REMEMBERED_PASSAGES = 1_024
# How much a word counts that the statement only leans on: its lead-in, its title, the statement before it.
LEAD, TITLE, BEFORE = 0.5, 0.4, 0.3


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence or clause of passage `number` (from 1); `context` weighs stems it leans on, `around` their facts.

    `headed` are the facts of its own heading and lead-in, which hold for it more than the title's.
    """

    number: int
    reading: Reading
    context: dict[str, float]
    around: frozenset[tuple[str, str]]
    headed: frozenset[tuple[str, str]] = frozenset()


class Source:
    """A passage as its statements. `number` is the one it is cited by."""

    def __init__(self, number: int, passage: Passage) -> None:
        self.number = number
        self._passage = passage
        self._beginnings: dict[int, frozenset[str]] = {}

    def prepare(self) -> None:
        """Read it all now: what is asked for first waits for nothing later."""
        _ = self.stems, self.values, self._flow

    @cached_property
    def title(self) -> Reading:
        """The reading of its title and header."""
        passage = self._passage
        return _read(f"{passage.title}. {passage.header}. {passage.locator}".replace("\n", ". "), short=True)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Its statements in document order."""
        return tuple(self._statements())

    @cached_property
    def stems(self) -> frozenset[str]:
        """All stems in it, title included."""
        return frozenset(stem for one in self.readings for stem in one.stems)

    @cached_property
    def values(self) -> frozenset[tuple[str, str]]:
        """All facts in it, title included."""
        return frozenset(value for one in self.readings for value in one.values)

    @cached_property
    def years(self) -> frozenset[int]:
        """All years in it."""
        return frozenset(int(value) for kind, value in self.values if kind == "year" and value.isdigit())

    @cached_property
    def lengths(self) -> frozenset[int]:
        """How many entries its lists have, line by line: numbered, lettered, with bullets."""
        found: set[int] = set()
        run = 0
        for line in (*self._passage.text.splitlines(), ""):
            if _ENTRY.match(line):
                run += 1
            elif run and line.strip():
                # A line that goes on does not end a list.
                continue
            elif run and not line.strip():
                found.add(run)
                run = 0
        return frozenset(one for one in found if one >= LEAST_ENTRIES)

    @cached_property
    def name_words(self) -> frozenset[str]:
        """The words of its names, in lower case."""
        return frozenset(word for name in self.names for word in name.value.split())

    def beginnings(self, letters: int) -> frozenset[str]:
        """The first `letters` of its longer stems."""
        if letters not in self._beginnings:
            self._beginnings[letters] = frozenset(stem[:letters] for stem in self.stems if len(stem) >= letters)
        return self._beginnings[letters]

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """All readings: of its title, of the headings, of its statements."""
        return (self.title, *self._headings.values(), *(one.reading for one in self.statements))

    @cached_property
    def names(self) -> tuple[Fact, ...]:
        """All names in it, each wording once."""
        found = (fact for one in self.readings for fact in one.facts if fact.kind == "name")
        return tuple({fact.value: fact for fact in found}.values())

    def repeats(self, reading: Reading) -> bool:
        """Whether it says these words exactly, as whole sentences or lines."""
        text, bounds = self._flow
        said = _flow(reading)
        at = text.find(said) if said.strip() else -1
        while at >= 0:
            if at in bounds and at + len(said) - 1 in bounds:
                return True
            at = text.find(said, at + 1)
        return False

    def says(self, low: str) -> bool:
        """Whether it has these lower-case words in a row."""
        return f" {low} " in self._flow[0]

    @cached_property
    def _flow(self) -> tuple[str, frozenset[int]]:
        """Its words in a row, each between single spaces, and where its lines and sentences begin and end."""
        return _flow_of(self._passage.header, self._passage.text)

    @cached_property
    def _headings(self) -> dict[str, Reading]:
        return {text: _read(text) for unit in units(self._passage.text) for text in (unit.heading,) if text}

    def _statements(self) -> Iterator[Statement]:
        before: Reading | None = None
        heading = ""
        for unit in units(self._passage.text):
            if unit.heading != heading:
                before, heading = None, unit.heading
            lines = [piece for line in unit.text.split("\n") for piece in _pieces(line)]
            lead = _read(unit.lead) if unit.lead else _read(lines[0]) if unit.lines else None
            for i, line in enumerate(lines):
                reading = _read(line, short=True)
                leads = None if lead is None or (i == 0 and not unit.lead) else lead
                yield self._statement(reading, leads, heading, before)
                before = reading
            if len(lines) > 1 and unit.lines:
                # What stands on several lines may be told in one sentence.
                yield self._statement(_read(" ".join(lines), short=True), lead if unit.lead else None, heading, None)

    def _statement(self, reading: Reading, lead: Reading | None, heading: str, before: Reading | None) -> Statement:
        context: dict[str, float] = {}
        around: set[tuple[str, str]] = set()
        titled = self._headings.get(heading)
        for weight, one in ((BEFORE, before), (TITLE, self.title), (TITLE, titled), (LEAD, lead)):
            if one is not None:
                context.update(dict.fromkeys(one.stems, weight))
                around.update(one.values)
        # A number with its unit answers for the same number without one.
        around.update((kind, value.partition(" ")[0]) for kind, value in reading.values if kind == "number")
        headed = (value for one in (titled, lead) if one is not None for value in one.values)
        return Statement(self.number, reading, context, frozenset(around), frozenset(headed))


@lru_cache(_REMEMBERED_LINES)
def _read(line: str, *, short: bool = False) -> Reading:
    return read(plain(line), short=short)


@lru_cache(_REMEMBERED_PASSAGES)
def _flow_of(header: str, passage: str) -> tuple[str, frozenset[int]]:
    text, bounds = " ", {0}
    lines = [header, *(line for line in passage.splitlines() if line.strip())]
    for piece in (piece for line in lines for piece in _parts(line)):
        text += _flow(read(plain(piece)))[1:]
        bounds.add(len(text) - 1)
    return text, frozenset(bounds)


def _flow(reading: Reading) -> str:
    return f" {' '.join(word.low for word in reading.words if word.low[0].isalnum())} "


def _parts(line: str) -> list[str]:
    return [piece for piece in sentences.split(line) if any(character.isalnum() for character in piece)]


def _pieces(line: str) -> list[str]:
    if len(line) <= LONG:
        return [line]
    return _parts(line)


class Rarity:
    """How much a stem tells one statement from the others; a stem in none of them counts like the rarest."""

    def __init__(self, sources: Sequence[Source]) -> None:
        seen: Counter[str] = Counter()
        total = 0
        for source in sources:
            for statement in source.statements:
                seen.update(statement.reading.stems.keys())
                total += 1
        self._weights = {stem: max(0.3, math.log((total + 1) / (count + 0.5))) for stem, count in seen.items()}
        self._rarest = math.log(total + 1) + 0.7 if total else 1.0

    def __getitem__(self, stem: str) -> float:
        return self._weights.get(stem, self._rarest)

    def __contains__(self, stem: str) -> bool:
        return stem in self._weights
