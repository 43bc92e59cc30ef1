"""The day that a question asks about: "What was Article 19 as on 1 January 2020?". Pure.

A month or a year stands for its last day, or for today while it goes on ("the start of" it for its first day); figures
are day, month, year unless only the American order is a date. Two figures of a year up to 49 are of this century.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.db.search import Parent

Span = tuple[date, date]

_DIGITS = str.maketrans("०१२३४५६७८९‐‑‒–—", "0123456789-----")
_MONTHS = (
    ("january", "jan", "जनवरी"),
    ("february", "feb", "फरवरी", "फ़रवरी"),
    ("march", "mar", "मार्च"),
    ("april", "apr", "अप्रैल"),
    ("may", "मई"),
    ("june", "jun", "जून"),
    ("july", "jul", "जुलाई"),
    ("august", "aug", "अगस्त"),
    ("september", "sept", "sep", "सितंबर", "सितम्बर"),
    ("october", "oct", "अक्टूबर", "अक्तूबर"),
    ("november", "nov", "नवंबर", "नवम्बर"),
    ("december", "dec", "दिसंबर", "दिसम्बर"),
)
_NUMBER_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_MONTH = "|".join(sorted(_NUMBER_OF, key=len, reverse=True))
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"[12]\d{3}"
# From here on two figures are of the last century: the Constitution is of 1950.
_PIVOT = 50


def _ymd(year: str, month: str, day: str) -> Span | None:
    return _one(int(year), int(month), int(day))


def _dmy(day: str, month: str, year: str) -> Span | None:
    whole = int(year) if len(year) > 2 else int(year) + (2000 if int(year) < _PIVOT else 1900)
    return _one(whole, int(month), int(day)) or _one(whole, int(day), int(month))


def _named(day: str, month: str, year: str) -> Span | None:
    return _one(int(year), _NUMBER_OF[month.lower()], int(re.sub(r"\D", "", day)))


def _american(month: str, day: str, year: str) -> Span | None:
    return _named(day, month, year)


def _month(month: str, year: str) -> Span | None:
    number = _NUMBER_OF[month.lower()]
    return date(int(year), number, 1), date(int(year), number, calendar.monthrange(int(year), number)[1])


def _financial_year(first: str, last: str) -> Span | None:
    """2019-20 ends in March 2020; 2019-25 is no year."""
    begins = int(first)
    return (date(begins, 4, 1), date(begins + 1, 3, 31)) if (begins + 1) % 100 == int(last) else None


def _year(year: str) -> Span | None:
    return date(int(year), 1, 1), date(int(year), 12, 31)


def _one(year: int, month: int, day: int) -> Span | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found, found


# How a date is written, the longer forms first.
_FORMS: tuple[tuple[str, Callable[..., Span | None]], ...] = (
    (rf"({_YEAR})[-./](\d{{1,2}})[-./](\d{{1,2}})", _ymd),
    (r"(\d{1,2}) ?[-./] ?(\d{1,2}) ?[-./] ?(\d{4}|\d{2})", _dmy),
    (rf"({_DAY})(?: of)?[ -]({_MONTH})\.?,?(?: of)?[ -]({_YEAR})", _named),
    (rf"({_MONTH})\.? ({_DAY}),? ({_YEAR})", _american),
    (rf"({_MONTH})\.?,?(?: of)?[ -]({_YEAR})", _month),
    (rf"({_YEAR})-(\d\d)", _financial_year),
    (rf"({_YEAR})", _year),
)
_DATE = "|".join(re.sub(r"(?<!\\)\((?!\?)", "(?:", form) for form, _ in _FORMS)
# "As of the 2011 census" names a source, not a day.
_ENDS = (
    r"(?![\w%]|[-./,]\d| (?:census|budget|acts?|bills?|amendments?|rules|codes?|judge?ments?|polic(?:y|ies)|surveys?|"
    r"reports?|lists?|ind(?:ex|ices)|edition|estimates?|elections?|prices|pyqs?|papers?)\b)"
)
_STOOD = r"(?:stood|was|were|existed|applied|read)"
_LEAD = (
    rf"\b(?:as (?:it|they|this|that|he|she) {_STOOD} (?:as )?(?:on|in|at|of)|as (?:on|of|at)"
    r"|as in force (?:on|in|at))(?: the)?(?: (?:date|day|month|year|end|close|(?P<start>start|"
    r"beginning))(?: of(?: the year)?)?)?"
)
_TAIL = r"(?:(?:तक )?की स्थिति(?: के अनुसार| में| पर)?|(?:को|में) लागू|के अनुसार|की (?:तिथि|तारीख) (?:को|पर|में)|ke anusar\b)"
_SAID = re.compile(
    rf"(?:{_LEAD} (?P<date>{_DATE}){_ENDS}|(?<![\w/.-])(?P<before>{_DATE}) {_TAIL})",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    rf" ?(?:,|&|and|or|to|vs\.?|versus|और|तथा) (?:(?:as|on|of|in) ){{0,2}}(?:{_DATE}){_ENDS}", re.IGNORECASE
)
_EMPTY = re.compile(r"[(\[] ?[)\]]")
_LOOSE = re.compile(r" ?[,;:-]? ?(?=[?!।]|\.?$|,)|(?<=[(\[]) | (?=[)\]])")
_YEARS = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?![\d%]|,\d)")


@dataclass(frozen=True, slots=True)
class AsOn:
    """`question` without the words that name the day, which are `said`. `span` is the first and the last day meant.

    They are the same for a date; None where it is no day of the calendar, or there are several.
    """

    question: str
    said: str
    span: Span | None

    def day(self, today: date) -> date | None:
        """The one day to answer for, None where there is none that has come."""
        if self.span is None or self.span[0] > today:
            return None
        return min(self.span[1], today)


def read(question: str) -> AsOn | None:
    """The day that a question asks about; None for one that asks about today, as most do."""
    text = " ".join(question.split())
    plain = text.translate(_DIGITS)
    said = list(_SAID.finditer(plain))
    if not said:
        return None
    spans = {_span(found) for found in said}
    several = len(spans) > 1 or any(_ANOTHER.match(plain, found.end()) for found in said)
    words = " ".join(text[found.start() : found.end()] for found in said)
    return AsOn(_without(text, said), words, None if several else spans.pop())


def without(question: str) -> str:
    """`question` without the words that name the day it asks about."""
    found = read(question)
    return found.question if found else question


def holds(parent: Parent, day: date) -> bool:
    """Whether a passage of a version effective on `day`, which is past, tells what held then.

    A version without effective dates holds always, as far as anybody said; but a text that speaks of a later year was
    written later, and may tell what held later. News tell of their own year, or of one that they name.
    """
    if parent.effective_from or parent.effective_to:
        return True
    years = {int(year) for year in _YEARS.findall(f"{parent.header}\n{parent.text}")}
    if published := parent.published_on:
        return published <= day and day.year in {published.year, *years}
    return max(years, default=0) <= day.year


def _span(found: re.Match[str]) -> Span | None:
    written = found["date"] or found["before"]
    for form, reader in _FORMS:
        if match := re.fullmatch(form, written, re.IGNORECASE):
            span = reader(*match.groups())
            return (span[0], span[0]) if span and found["start"] else span
    return None


def _without(text: str, said: list[re.Match[str]]) -> str:
    kept = [text[before:after] for before, after in zip(_ends(said), _starts(said, text), strict=True)]
    rest = _EMPTY.sub(" ", " ".join(kept))
    rest = _LOOSE.sub("", " ".join(rest.split())).strip(" ,;:-")
    return rest[:1].upper() + rest[1:]


def _ends(said: list[re.Match[str]]) -> list[int]:
    return [0, *(found.end() for found in said)]


def _starts(said: list[re.Match[str]], text: str) -> list[int]:
    return [*(found.start() for found in said), len(text)]
