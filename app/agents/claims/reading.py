"""Reads a text once: its words and the facts in it, each fact at its place."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from typing import TypeVar, cast

from app.agents.claims import names, provisions, quantities
from app.agents.claims.fact import Fact, Found
from app.agents.claims.words import Word, words

_SCANS: tuple[Callable[[str], Iterator[Found]], ...] = (
    provisions.provisions,
    quantities.dates,
    quantities.years,
    quantities.codes,
    quantities.fractions,
    quantities.ordinals,
    provisions.marks,
    quantities.numbers,
)
_CITATION = re.compile(r"\s?\[\d{1,3}\]")
_MARKUP = re.compile(r"[*_`#>|]{1,6}|^[ \t]*[-+•][ \t]+", re.MULTILINE)

_JOINING = frozenset(("of", "and", "the", "for", "on", "in", "to", "&"))
_LONGEST_RUN = 8
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text's words, the facts among them, and where each stem stands."""

    words: tuple[Word, ...]
    facts: tuple[Fact, ...]
    stems: dict[str, list[int]] = field(default_factory=dict)
    values: dict[tuple[str, str], list[Fact]] = field(default_factory=dict)
    made: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def lows(self) -> frozenset[str]:
        """The words in lower case."""
        return frozenset(word.low for word in self.words)


def once(work: Callable[[Reading], Made]) -> Callable[[Reading], Made]:
    """`work` on readings, its result kept with the reading: a passage is asked the same for each sentence."""
    name = f"{work.__module__}.{work.__qualname__}"

    @wraps(work)
    def kept(reading: Reading) -> Made:
        if name not in reading.made:
            reading.made[name] = work(reading)
        return cast("Made", reading.made[name])

    return kept


def plain(text: str) -> str:
    """A sentence without its citations and marks of layout, names and offices in one wording each."""
    return names.one_wording(_MARKUP.sub(" ", _CITATION.sub("", text)))


def read(text: str, *, short: bool = False) -> Reading:
    """The reading of a text that `plain` has been through.

    With `short`, the initials of capitalised words in a row are stems too: a source's "Indian Penal Code" has "ipc".
    """
    found_words = words(text)
    facts: list[Fact] = []
    rest = text
    for scan in _SCANS:
        taken = list(scan(rest))
        for found in taken:
            rest = f"{rest[: found.start]}{' ' * (found.end - found.start)}{rest[found.end :]}"
        facts += _placed(taken, text, found_words)
    covered = {i for fact in facts for i in range(fact.at, fact.end)}
    facts += names.names(found_words, covered)
    reading = Reading(tuple(found_words), tuple(sorted(facts, key=lambda fact: fact.at)))
    for i, word in enumerate(found_words):
        if word.content and i not in covered:
            reading.stems.setdefault(word.stem, []).append(i)
    for letters, at in _initials(found_words) if short else ():
        reading.stems.setdefault(letters, []).append(at)
    for fact in reading.facts:
        reading.values.setdefault((fact.kind, fact.value), []).append(fact)
    return reading


def _initials(found_words: list[Word]) -> Iterator[tuple[str, int]]:
    """The initials of each run of capitalised words, small words in it skipped, and where the run ends."""
    run: list[int] = []
    for i, word in enumerate(found_words):
        if word.text[0].isupper():
            run.append(i)
        elif word.low not in _JOINING or not run:
            yield from _shortened(found_words, run)
            run = []
    yield from _shortened(found_words, run)


def _shortened(found_words: list[Word], run: list[int]) -> Iterator[tuple[str, int]]:
    if 1 < len(run) <= _LONGEST_RUN:
        for begin in range(len(run) - 1):
            for end in range(begin + 2, len(run) + 1):
                yield "".join(found_words[i].low[0] for i in run[begin:end]), run[end - 1]


def _placed(found: list[Found], text: str, found_words: list[Word]) -> Iterator[Fact]:
    starts = [word.start for word in found_words]
    for one in found:
        at = max(0, bisect_left(starts, one.start + 1) - 1)
        end = max(at + 1, bisect_left(starts, one.end))
        yield Fact(one.kind, one.value, at, end, " ".join(text[one.start : one.end].split()))
