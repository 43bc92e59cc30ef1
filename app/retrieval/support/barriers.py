"""What no nearness makes good: a provision, name, year, number or country of the question that a page does not have."""

import re
from collections.abc import Sequence

from app.retrieval.fact_keys import fact_keys
from app.retrieval.fused import Fused
from app.retrieval.support.reading import Reading
from app.retrieval.support.subject import Subject, Word

_MARK = re.compile(r"\([^()]{1,4}\)")
_GLUE = re.compile(r"[-\s]+")


def missing_provision(subject: Subject, found: Sequence[Fused], judged: int) -> str | None:
    """A provision or clause of the question that is in no header or text of what is judged."""
    absent = set(subject.provisions)
    for one in found[:judged]:
        if absent:
            absent -= {*one.parent.fact_keys, *fact_keys(one.parent.text)}
    if absent:
        return min(absent)
    return next((clause for clause in subject.clauses if not _has_clause(clause, found)), None)


def stopped_by(subject: Subject, page: Sequence[Reading]) -> str | None:
    """What keeps this document's passages from being an answer, None when nothing does."""
    words = frozenset[str]().union(*(one.words for one in page))
    if name := next((word.name for word in subject.names if not _has_name(subject, word, page)), None):
        return name
    text = "\n".join(f"{one.parent.header}\n{one.parent.text}" for one in page)
    if year := next((year for year in subject.years if year not in text and not _dated(page, year)), None):
        return year
    if numbered := next((one for one in subject.numbered if not re.search(rf"\b{one}\b", text)), None):
        return f"number {numbered}"
    if number := next((stem for stem in subject.unmistakable if not subject.held(stem, words)), None):
        return number
    flat = _GLUE.sub("", text.lower())
    if serial := next((one for one in subject.series if _GLUE.sub("", one.lower()) not in flat), None):
        return serial
    return next((" ".join(names[0]) for names in subject.countries if not _has_country(names, words)), None)


def _has_name(subject: Subject, word: Word, page: Sequence[Reading]) -> bool:
    """Has the page this name in some spelling: as a word, within a longer one, or spelled out where it is initials?"""
    if any(word.stem in name for names in subject.countries for name in names):
        return True  # a country has its own names, which are looked for as such
    written = word.name.lower()
    for one in page:
        if subject.held(word.stem, one.words) or written in one.squashed:
            return True
        if word.name.isupper() and written in one.initials:
            return True
    return False


def _dated(page: Sequence[Reading], year: str) -> bool:
    return any(str(one.parent.year) == year for one in page)


def _has_country(names: Sequence[tuple[str, ...]], words: frozenset[str]) -> bool:
    return any(words.issuperset(name) for name in names)


def _has_clause(clause: str, found: Sequence[Fused]) -> bool:
    """Does a passage name the clause, or does a page on the article have its marks?"""
    article, marks = clause.partition("(")[0], _MARK.findall(clause)
    own = [one.parent.text.lower() for one in found if article in one.parent.fact_keys]
    named = any(clause in one.parent.fact_keys or clause in fact_keys(one.parent.text) for one in found)
    return named or any(all(mark in text for mark in marks) for text in own)
