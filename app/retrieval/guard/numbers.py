"""Numbers and what they number in one spelling: Art. 21, forty-second, XLII, GS-II, 2019-20.

A provision or paper becomes one token with its number (`article#21`), an ordinal `42o`, so that what follows compares
whole facts and no two numbers can change places.
"""

import re
from collections.abc import Callable

from app.retrieval.numerals import CARDINAL_WORDS, ORDINAL_WORDS, from_roman, from_words

_ENDS = " ?.!।॥,;:-"
_DIGITS = str.maketrans("०१२३४५६७८९‐‑‒–—−’‘“”", "0123456789------''\"\"")
_ROMAN = re.compile(r"\b(?=[IVXL]{2,7}\b)(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})\b")
# A single letter, and small letters, are a numeral only after what is numbered so.
_NUMBERED = r"(?:part|schedule|article|paper|list|gs|phase|type|schedules|class|title|henry|war|mains)"
_ROMAN_ORDINAL = re.compile(r"\b([IVXL]{1,7})(?:st|nd|rd|th)\b")
_NUMBERED_ROMAN = re.compile(rf"\b({_NUMBERED}[\s-]{{1,3}})([IVX]{{1,6}})\b", re.IGNORECASE)
_GLUED_ROMAN = re.compile(r"\b(GS)[\s-]?([IV]{1,3})\b", re.IGNORECASE)
# "Article 51 A" is one number.
_SPACED = re.compile(r"(\b(?:[Aa]rt(?:icle)?s?\.?|ARTICLE)\s?\d{1,3})\s([A-H]{1,2})\b")
# In capitals these are names; in small letters they are words that carry nothing.
_SHOUTED = {"WHO": "world health organisation", "IT": "information technology", "US": "united states", "AM": "am radio"}
_LETTER = re.compile(r"(?<=\w )A\b(?!')")
_SHOUT = re.compile(rf"\b(?:{'|'.join(_SHOUTED)})\b")

_NUMBER = r"\d{1,3}(?:-?[a-z]{1,2})?(?![a-z\d])"
_CLAUSES = r"(?:\s?\(\s?[\da-z]{1,4}\s?\)){0,4}"
_JOIN = r"\s?(?:,\s?and|,|&|\band\b|\bor\b|\bto\b|/|-|और|तथा)\s?"
_LIST = rf"{_NUMBER}{_CLAUSES}(?:{_JOIN}(?:(?:articles?|art\.?|sections?)\s?)?{_NUMBER}{_CLAUSES}){{0,9}}"
_ONE = re.compile(rf"({_NUMBER})({_CLAUSES})")
_RANGE = re.compile(r"\bto\b|-(?=\s?\d)")

Read = Callable[[re.Match[str]], str]


def plain(question: str) -> str:
    """`question` in lower case with every number in one form. Linear in the length of the question."""
    text = question.translate(_DIGITS)
    if text != text.upper():
        text = _SHOUT.sub(lambda match: _SHOUTED[match[0]], text)
        text = _SPACED.sub(r"\1\2", text)
        text = _ROMAN_ORDINAL.sub(lambda match: f"{from_roman(match[1]) or match[1]}th", text)
        text = _LETTER.sub("letter-a", _ROMAN.sub(_roman, text))
    text = _NUMBERED_ROMAN.sub(lambda match: f"{match[1]}{from_roman(match[2]) or match[2]}", text)
    text = _GLUED_ROMAN.sub(lambda match: f"{match[1]} {from_roman(match[2]) or match[2]}", text)
    text = " ".join(text.casefold().split())
    for pattern, read in _RULES:
        text = pattern.sub(read, text)
    return text.rstrip(_ENDS)


def _roman(match: re.Match[str]) -> str:
    return str(from_roman(match[0]) or match[0])


def _listed(kind: str) -> Read:
    """A token for each number of a list; "14 to 18" is one range, not two numbers."""

    def read(match: re.Match[str]) -> str:
        numbers = [number.replace("-", "") + re.sub(r"\s", "", rest) for number, rest in _ONE.findall(match["list"])]
        if len(numbers) == 2 and _RANGE.search(match["list"]):
            return f" {kind}#{numbers[0]}-{numbers[1]} "
        return " " + " and ".join(f"{kind}#{number}" for number in sorted(set(numbers))) + " "

    return read


def _clause_of(match: re.Match[str]) -> str:
    sub = f"({match['sub']})" if match["sub"] else ""
    return f" article#{match['number'].replace('-', '')}({match['clause']}){sub} "


def _years(match: re.Match[str]) -> str:
    first, last = match[1], match[2]
    return f" range#{first}-{first[: 4 - len(last)]}{last} "


def _counted(kind: str) -> Read:
    return lambda match: f" {kind}#{int(match['n'])} "


def _part(match: re.Match[str]) -> str:
    return f" part#{int(match['n'])}{match['letter'] or ''} "


def _rule(pattern: str, read: Read) -> tuple[re.Pattern[str], Read]:
    return re.compile(pattern), read


_RULES = (
    _rule(r"\b(?:[a-z]\.){2,8}", lambda match: match[0].replace(".", "")),
    _rule(r"(?<=\d),(?=\d{2,3}\b)", lambda _: ""),
    _rule(r"\b(?:from\s|between\s)?(1\d{3}|20\d{2})(?:\s?-\s?|\s(?:to|till|until)\s)(\d{4}|\d{2})\b", _years),
    _rule(r"\bbetween\s(1\d{3}|20\d{2})\sand\s(\d{4})\b", _years),
    _rule(r"\bg[\s-]?(\d{1,2})\b", lambda match: f"g{match[1]}"),
    _rule(r"(?<=[a-z][a-z])-?(?=\d)", lambda _: " "),
    _rule(r"\b(\d{1,3})\s?(?:st|nd|rd|th|वां|वाँ|वें|वीं)(?![\w\u0900-\u097f])", lambda match: f"{match[1]}o"),
    _rule(rf"\b{ORDINAL_WORDS}\b", lambda match: f"{from_words(match[0])}o"),
    _rule(rf"\b(?!one\b){CARDINAL_WORDS}\b", lambda match: str(from_words(match[0]))),
    _rule(r"(?<=\d)\s?(?:%|per\s?cent\b|percent\b)", lambda _: " percent "),
    _rule(r"(?:₹|\brs\.?\s?(?=\d))", lambda _: " rupee "),
    _rule(
        r"\b(?:sub-?\s?clause\s?\((?P<sub>[a-z\d]{1,4})\)\s?of\s)?clause\s?\((?P<clause>[a-z\d]{1,4})\)"
        r"\s?of\s(?:the\s)?art(?:icle|\.)?\s?(?P<number>\d{1,3}(?:-?[a-z]{1,2})?)(?![a-z\d])",
        _clause_of,
    ),
    _rule(rf"(?:\barticles?|\barts?\b\.?|\banuched|अनुच्छेद)\s?(?:no\.?\s?)?(?P<list>{_LIST})", _listed("article")),
    _rule(rf"(?:\bsections?|\bsecs?\b\.?|धारा)\s?(?:no\.?\s?)?(?P<list>{_LIST})", _listed("section")),
    _rule(
        r"\b(?P<n>\d{1,3})o?\s(?:constitution(?:al)?\s)?(?:amendments?|amendment\sact|caa)(?:\sact)?\b",
        _counted("amendment"),
    ),
    _rule(r"\b(?P<n>\d{1,3})o?\s?(?:संविधान\s)?संशोधन", _counted("amendment")),
    _rule(r"\bamendments?\s(?:act\s)?(?:no\.?\s?|number\s)?(?P<n>\d{1,3})o?\b", _counted("amendment")),
    _rule(r"\b(?P<n>\d{1,2})o\sschedules?\b", _counted("schedule")),
    _rule(r"(?:\bschedules?|अनुसूची)\s(?:no\.?\s?)?(?P<n>\d{1,2})\b", _counted("schedule")),
    _rule(r"(?:\bpart|भाग)[\s-](?P<n>\d{1,2})(?:-?(?P<letter>[a-d])\b)?(?![\d.])", _part),
    _rule(
        r"\b(?:gs|general\sstudies|mains\spaper)[\s-]?(?:paper)?[\s-]?(?P<n>[1-4])\b",
        lambda match: f" paper#gs{match['n']} ",
    ),
    _rule(r"[a-z]+#\S+|\(\s?a\s?\)", lambda match: match[0] if "#" in match[0] else " letter-a "),
    _rule(r"\bcsat\b", lambda _: " paper#csat "),
)
