"""Articles, sections, parts, schedules and the marks of clauses, as they are written in answers and in the law."""

import re
from collections.abc import Iterator

from app.agents.claims.fact import Found
from app.retrieval.numerals import from_roman, to_roman

_NUMBER = r"\d{1,3}(?:-?[A-Z]{1,2}\b)?"
_MARKS = r"(?:\s?\([\da-zA-Z]{1,5}\)){0,4}"
_AND = r"(?:\s*(?:,|&|-|–|\band\b|\bor\b|\bto\b)\s*){1,2}"
_LISTED = re.compile(
    rf"\b(?P<kind>articles?|arts?\.?|sections?|secs?\.?|rules?|paragraphs?|entry|entries)\s+"
    rf"(?P<list>{_NUMBER}{_MARKS}(?:{_AND}(?:(?:articles?|sections?)\s+)?{_NUMBER}{_MARKS}){{0,12}})",
    re.IGNORECASE,
)
_ONE = re.compile(rf"(?P<number>{_NUMBER})(?P<marks>{_MARKS})")
_MARK = re.compile(r"\((?P<mark>\d{1,2}[A-Z]{0,2}|[a-z]{1,2}|[ivx]{1,5})\)")
_CLAUSE_WORD = re.compile(r"\b(?:sub-?)?clauses?\s+(?P<number>\d{1,2}[A-Z]?)\b(?!\))", re.IGNORECASE)
_PART = re.compile(r"\bparts?[\s-]+(?P<number>[IVX]{1,6}|\d{1,2})(?:[\s-]?(?P<letter>[A-D]))?\b", re.IGNORECASE)
_SCHEDULE = re.compile(r"\bschedules?\s+(?P<number>\d{1,2}|[IVX]{1,4})\b", re.IGNORECASE)
_LIST = re.compile(r"\bList[\s-]+(?P<number>I{1,3})\b")
_KINDS = {"a": "article", "s": "section", "r": "rule", "p": "paragraph", "e": "entry"}


def provisions(text: str) -> Iterator[Found]:
    """Provisions by number: an article's clauses are marks of their own beside it."""
    for match in _LISTED.finditer(text):
        kind = _KINDS[match["kind"][0].lower()]
        for one in _ONE.finditer(text, match.start("list"), match.end("list")):
            number = one["number"].replace("-", "").upper()
            yield Found(kind, number, match.start() if one.start() == match.start("list") else one.start(), one.end())
            yield from _marks(text, one.start("marks"), one.end())
    for match in _PART.finditer(text):
        number = from_roman(match["number"]) if match["number"].isalpha() else int(match["number"])
        # "part i" of a sentence's own words is lower case; a Part of the Constitution is not.
        if (number and match["number"].isupper()) or match["number"].isdigit():
            yield Found("part", f"{to_roman(number or 1)}{(match['letter'] or '').lower()}", match.start(), match.end())
    for match in _LIST.finditer(text):
        yield Found("list", match["number"].lower(), match.start(), match.end())
    for match in _SCHEDULE.finditer(text):
        number = from_roman(match["number"]) if match["number"].isalpha() else int(match["number"])
        if number:
            yield Found("ordinal", str(number), match.start(), match.end())


def marks(text: str) -> Iterator[Found]:
    """Marks of clauses that stand alone: "(a)", "clause 4"."""
    yield from _marks(text, 0, len(text))
    for match in _CLAUSE_WORD.finditer(text):
        yield Found("mark", match["number"].lower(), match.start(), match.end())


def _marks(text: str, begin: int, end: int) -> Iterator[Found]:
    for match in _MARK.finditer(text, begin, end):
        yield Found("mark", match["mark"].lower(), match.start(), match.end())
