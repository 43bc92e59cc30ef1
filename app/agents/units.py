"""Cuts a passage into what can be quoted whole: sentences of prose, and clauses of law or lists with their lead-in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from app.agents import sentences

# A clause with its sub-clauses is one unit up to this many characters; a longer one is quoted by sub-clauses.
WHOLE_CLAUSE_CHARACTERS = 700
# An answer cuts each of its passages five times, and others quote the same ones; 1,024 passages are some 8 MB.
_REMEMBERED = 1_024

_HEADING = re.compile(r"^#{1,6}[ \t]+(.*)$")
_MARKED = r"\((?:\d{1,2}[A-Z]{0,2}|[a-z]{1,2}|[ivx]{1,5})\)[ \t]"
# Clauses that share a line: a mark after the end of the one before. After a comma or a bare "and" it is a reference:
# "struck down clauses (4), (5) and (6) of Article 368".
_INLINE_MARK = re.compile(
    rf"(?<=[.;:—–])[ \t]+(?={_MARKED})|(?<=[;,—–] and)[ \t]+(?={_MARKED})|(?<=[;,—–] or)[ \t]+(?={_MARKED})"
)
_MARK_AT_ALL = re.compile(_MARKED)
_BULLET = re.compile(r"^(?:[-*+•]|\d{1,2}[.)])[ \t]+")
_CLAUSE = re.compile(r"^\(\d{1,2}[A-Z]{0,2}\)\s")
_ITEM = re.compile(r"^\((?:[a-z]{1,2}|[ivx]{1,5})\)\s")
_ASIDE = re.compile(r"^(?:Provided|Explanation|Exception)\b")
_LEADS_IN = re.compile(r"[:—–-]\s*$")


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to quote: `text` verbatim but for white space, `lead` the words it depends on.

    `heading` is the title it stands under; `aside` marks provisos and explanations; `lines` says that it is quoted on
    lines of its own.
    """

    text: str
    lead: str = ""
    heading: str = ""
    aside: bool = False
    lines: bool = False


@lru_cache(_REMEMBERED)
def units(text: str) -> tuple[Unit, ...]:
    """The units of a passage in document order. Headings are no units; they are noted in those below them."""
    return tuple(replace(unit, heading=heading) for heading, lines in _sections(text) for unit in _section(lines))


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    heading, lines = "", list[str]()
    for raw in text.splitlines():
        line = raw.strip()
        if found := _HEADING.match(line):
            yield heading, lines
            heading, lines = found[1], []
        else:
            lines += [part.strip() for part in _INLINE_MARK.split(line)] if _MARK_AT_ALL.search(line) else [line]
    yield heading, lines


def _section(lines: list[str]) -> list[Unit]:
    found: list[Unit] = []
    for group in _groups(lines):
        if len(group) > 1 or _CLAUSE.match(group[0]) or _ITEM.match(group[0]) or _ASIDE.match(group[0]):
            found += _clause(group)
        else:
            found += _prose(group[0])
    return found


def _groups(lines: list[str]) -> list[list[str]]:
    """Paragraphs, each with the items that follow it: soft-wrapped lines are joined, items are not."""
    groups: list[list[str]] = []
    fresh = True
    for line in lines:
        if not line:
            fresh = True
            continue
        bullet = _BULLET.match(line)
        text = line[bullet.end() :] if bullet else line
        opens = _CLAUSE.match(text) or _ASIDE.match(text)
        if groups and (bullet or _ITEM.match(text)) and not opens and _takes_items(groups[-1]):
            groups[-1].append(text)
        elif fresh or opens or bullet or _ITEM.match(text) or not groups or len(groups[-1]) > 1:
            groups.append([text])
        else:
            groups[-1][-1] += f" {text}"
        fresh = False
    return groups


def _takes_items(group: list[str]) -> bool:
    return len(group) > 1 or _LEADS_IN.search(group[0]) is not None or _CLAUSE.match(group[0]) is not None


def _clause(group: list[str]) -> list[Unit]:
    """A clause or list: whole where it is short, else one unit for each item with the opening as its lead-in."""
    aside = _ASIDE.match(group[0]) is not None
    if len(group) == 1 or sum(map(len, group)) <= WHOLE_CLAUSE_CHARACTERS:
        return [Unit("\n".join(" ".join(line.split()) for line in group), aside=aside, lines=True)]
    return [Unit(" ".join(line.split()), lead=group[0], aside=aside, lines=True) for line in group[1:]]


def _prose(paragraph: str) -> list[Unit]:
    pieces = (" ".join(sentence.split()) for sentence in sentences.split(paragraph))
    return [Unit(piece) for piece in pieces if any(character.isalnum() for character in piece)]
