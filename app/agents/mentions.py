"""The named things in a question for which a follow-up may put another of their kind: years, articles, houses."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from app.agents.terms import terms
from app.retrieval.numerals import ORDINAL_WORDS

Kind = Literal[
    "year", "article", "amendment", "schedule", "part", "section", "paper", "institution", "ordinal", "number"
]

_ORDINAL = rf"(?:\d{{1,3}}(?:st|nd|rd|th)|{ORDINAL_WORDS})"
_NUMBERS = r"\d{1,3}[a-z]{0,2}(?:\(\w{1,3}\)){0,3}"
_YEARS = r"(?:1[5-9]|20)\d\d"
# Case does not count; the longest name of a thing comes first.
_PATTERNS: tuple[tuple[Kind, str], ...] = (
    (
        "article",
        (
            r"\b(?:articles?|"
            rf"art\.?) {{0,2}}{_NUMBERS}\b(?:(?: ?,| and| &| to) (?:article )?{_NUMBERS}\b){{0,3}}|"
            rf"अनुच्छेद \d{{1,3}}"
        ),
    ),
    ("amendment", rf"\b{_ORDINAL} (?:constitution(?:al)? )?amendment(?: act)?\b"),
    ("schedule", rf"\b{_ORDINAL} schedule\b|\bschedule (?:\d{{1,2}}|[ivx]{{1,4}})\b"),
    ("part", r"\bpart (?:\d{1,2}|[ivx]{1,5})-?[a-d]?\b"),
    ("section", rf"\b(?:section|sec\.?) {_NUMBERS}"),
    ("year", rf"(?<![\d.])(?:between |from )?{_YEARS}(?: ?(?:-|to|and|or) ?(?:{_YEARS}|\d\d))?\b"),
    (
        "paper",
        r"\b(?:(?:mains|main) )?(?:gs|general studies)[ -]?(?:paper[ -]?)?(?:[1-4]|iv|i{1,3})\b|"
        r"\b(?:prelims?|preliminary|mains|csat|"
        r"essay paper|ethics paper)(?: exam(?:ination)?s?| paper)?\b|प्रारंभिक परीक्षा|मुख्य परीक्षा",
    ),
    (
        "institution",
        r"\b(?:vice[- ]president|president|prime minister|chief minister|lieutenant governor|governor|"
        r"deputy speaker|speaker|"
        r"(?:deputy )?chairman|comptroller and auditor[- ]general|cag|"
        r"attorney[- ]general|advocate[- ]general|solicitor[- ]general|"
        r"chief justice(?: of india)?|cji|chief election commissioner|"
        r"election commissioner|cec|lokpal|lokayukta|lok ?sabha|"
        r"rajya ?sabha|legislative assembl(?:y|ies)|legislative councils?|"
        r"vidhan (?:sabha|parishad)|state legislatures?|parliament|"
        r"supreme court|high courts?|district courts?|gram sabha|panchayats?|"
        r"municipalit(?:y|ies)|union government|state governments?|"
        r"upper house|lower house|council of ministers)(?:s|'s)?\b|"
        r"उपराष्ट्रपति|"
        r"राष्ट्रपति|"
        r"राज्यपाल|"
        r"प्रधानमंत्री|"
        r"मुख्यमंत्री|"
        r"लोक ?सभा|"
        r"राज्य ?सभा|"
        r"उच्च न्यायालय|"
        r"उच्चतम न्यायालय",
    ),
    ("ordinal", rf"\b{_ORDINAL}\b"),
    ("number", rf"(?<![\d.]){_NUMBERS}\b(?! ?(?:words?|marks|more))"),
)
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)
# Bare figures take the place of the figure in one of these.
_NUMBERED: tuple[Kind, ...] = ("article", "amendment", "schedule", "section")
_FIGURE = {
    "number": re.compile(_NUMBERS, re.IGNORECASE),
    "ordinal": re.compile(_ORDINAL, re.IGNORECASE),
}
_CAPITALISED = re.compile(r"(?<![\w'-])(?:[A-Z][\w.'&-]*)(?:\s(?:(?:of|the|and|de)\s){0,2}(?:[A-Z0-9][\w.'&-]*)){0,5}")
_ARTICLE = re.compile(r"^(?:the|a|an)\s+", re.IGNORECASE)
_BREAK_TEXT = """
a an and are as at be between by can could did do does explain for from had has have how in into is it list name of
on or over per tell the their to under was were what when where which who why with discuss describe define about
during give me vs versus compare after before against"""
_BREAKS = frozenset(_BREAK_TEXT.split())
_COMMON_PLACES = frozenset({"india", "indian", "constitution", "upsc", "gs"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A named thing and where it stands."""

    kind: Kind
    text: str
    start: int
    end: int


def mentions(text: str) -> list[Mention]:
    """The named things of a text in order; none overlaps another."""
    found: list[Mention] = []
    for kind, pattern in _KINDS:
        for match in pattern.finditer(text):
            if all(match.end() <= other.start or match.start() >= other.end for other in found):
                found.append(Mention(kind, match[0], match.start(), match.end()))
    return sorted(found, key=lambda mention: mention.start)


def without(text: str) -> str:
    """A text without its named things."""
    for mention in reversed(mentions(text)):
        text = f"{text[: mention.start]} {text[mention.end :]}"
    return text


def listed(new: Iterable[Mention]) -> str:
    """The texts of mentions, side by side."""
    return " ".join(mention.text for mention in new)


def replaced(text: str, new: Mention) -> str | None:
    """`text` with its mentions of the kind of `new` replaced by it; None when it has none."""
    own = mentions(text)
    same = [mention for mention in own if mention.kind == new.kind]
    if same:
        return _put(text, same, lambda _: new.text)
    figure = _FIGURE.get(new.kind)
    numbered = [mention for mention in own if mention.kind in _NUMBERED and figure and figure.search(mention.text)]
    if figure and numbered:
        return _put(text, numbered, lambda mention: figure.sub(new.text, mention.text, count=1))
    return None


def counterpart(text: str, phrase: str) -> str | None:
    """`text` with the noun phrase replaced that `phrase` stands in for: one with the same last word, else a name."""
    phrase = _ARTICLE.sub("", phrase)
    return same_head(text, phrase) or (_named(text, phrase) if phrase[:1].isupper() else None)


def named(text: str, phrase: str) -> str | None:
    """`text` with its first name replaced by `phrase`; None when it has no name but the country's."""
    return _named(text, _ARTICLE.sub("", phrase))


def names(text: str) -> Iterator[str]:
    """Names in a text: runs of capitalised words, in order."""
    for match in _CAPITALISED.finditer(text):
        if name := _ARTICLE.sub("", match[0].strip(" .")):
            yield name


def _put(text: str, old: list[Mention], new: Callable[[Mention], str]) -> str:
    for mention in reversed(old):
        text = f"{text[: mention.start]}{new(mention)}{text[mention.end :]}"
    return text


def same_head(text: str, phrase: str) -> str | None:
    """`text` with the phrase that ends in the same word as `phrase` replaced by it: repo rate, reverse repo rate."""
    stems = terms(phrase)
    if len(stems) < 2:
        return None
    words = [(match.start(), match.end(), match[0]) for match in re.finditer(r"[\w'’-]+", text)]
    for i in range(len(words) - 1, 0, -1):
        if terms(words[i][2]) != stems[-1:]:
            continue
        first = i
        while first > 0 and words[first - 1][2].casefold() not in _BREAKS and i - first < 4:
            first -= 1
        if first < i:
            return f"{text[: words[first][0]]}{phrase}{text[words[i][1] :]}"
    return None


def _named(text: str, phrase: str) -> str | None:
    for match in _CAPITALISED.finditer(text):
        words = match[0].casefold().split()
        if set(words) <= _COMMON_PLACES or (match.start() == 0 and words[0] in _BREAKS):
            continue
        return f"{text[: match.start()]}{phrase}{text[match.end() :]}"
    return None
