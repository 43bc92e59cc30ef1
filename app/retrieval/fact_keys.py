"""The canonical facts that a text names: numbers, articles, amendments, years, papers, negation, what is asked for.

Two questions with different keys are different questions however near their embeddings are; a passage without a
question's keys is not its answer. One function for questions, headers and answers, so that keys can be compared.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from app.retrieval.numerals import CARDINAL_WORDS, ORDINAL_WORDS, from_roman, from_words, to_roman

Read = Callable[[re.Match[str]], Iterator[str]]

_DIGITS = str.maketrans("०१२३४५६७८९‐‑‒–—−’", "0123456789------'")
# 19, 21A, 243ZA, 371-J; three letters are no provision that exists, and must not pass for the bare number.
_PROVISION = r"\d{1,3}(?:-?[a-z]{1,3})?(?![a-z\d])"
_CLAUSES = r"(?:\s?\(\s?[\da-z]{1,4}\s?\))*"
# Bounded, because a text that repeats "1st and" would otherwise be read again from each of them.
_MORE = "{0,9}"
_AND = r"\s*(?:,|&|/|\band\b|\bor\b|\bto\b|-|और|तथा|व)\s*"
_ORDINAL = rf"(?:\d{{1,3}}\s?(?:st|nd|rd|th)|{ORDINAL_WORDS})"
_ROMAN = r"(?-i:[IVXLC]+)"
_NUMERAL = rf"(?:\d{{1,3}}|{_ROMAN})"

# The kinds that name one provision or paper: found by look-up, and demanded of an answer's sources.
PROVISIONS = ("article", "amendment", "schedule", "part", "section")


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    read: Read


def fact_keys(text: str) -> tuple[str, ...]:
    """The distinct keys of `text`, sorted: "Art. 19(1)(a)" gives article:19 and article:19(1)(a)."""
    rest = " ".join(text.translate(_DIGITS).split())
    found: set[str] = set()

    def note(read: Read, match: re.Match[str]) -> str:
        found.update(read(match))
        return " ; "  # what one rule has read no later rule reads again

    for rule in _RULES:
        rest = rule.pattern.sub(partial(note, rule.read), rest)
    return tuple(sorted(found))


def lookup_keys(keys: Iterable[str]) -> tuple[str, ...]:
    """Those of `keys` that passages are looked up by: provisions; a year or paper when past questions are meant."""
    keys = tuple(keys)
    kinds = {key.partition(":")[0] for key in keys}
    wanted = set(PROVISIONS)
    if {"year", "paper"} <= kinds or "demand:past_questions" in keys:
        wanted |= {"year", "paper"}
    return tuple(key for key in keys if key.partition(":")[0] in wanted)


def provisions(keys: Iterable[str]) -> tuple[str, ...]:
    """Those of `keys` that name a provision as a whole, without clauses: an answer's sources must have them."""
    return tuple(key for key in keys if key.partition(":")[0] in PROVISIONS and "(" not in key)


def _provision(kind: str) -> Read:
    """Keys for each number of a list such as "19(1)(a), 21A and 32"."""
    one = re.compile(rf"({_PROVISION})({_CLAUSES})", re.IGNORECASE)

    def read(match: re.Match[str]) -> Iterator[str]:
        for number, clauses in one.findall(match["list"]):
            name = f"{kind}:{number.replace('-', '').lower()}"
            yield name
            if clauses:
                yield name + re.sub(r"\s", "", clauses).lower()

    return read


def _clause_of(match: re.Match[str]) -> Iterator[str]:
    """ "sub-clause (a) of clause (1) of article 19"."""
    name = f"article:{match['number'].replace('-', '').lower()}"
    yield name
    yield f"{name}({match['clause'].lower()})" + (f"({match['sub'].lower()})" if match["sub"] else "")


def _counted(kind: str) -> Read:
    """Keys for amendments and schedules, whose numbers come as figures, words or roman numerals."""
    one = re.compile(rf"{_ORDINAL}|{_NUMERAL}", re.IGNORECASE)

    def read(match: re.Match[str]) -> Iterator[str]:
        for written in one.findall(match["list"]):
            number = _number(written)
            if number:
                yield f"{kind}:{number}"

    return read


def _number(written: str) -> int | None:
    digits = re.match(r"\d+", written)
    return int(digits[0]) if digits else from_roman(written) or from_words(written)


def _part(match: re.Match[str]) -> Iterator[str]:
    digits, letter = match["digits"], (match["letter"] or "").lower()
    number = int(digits) if digits else from_roman(match["roman"])
    # "part c" is no part of the Constitution and "a part I like" is no numeral; parts end at XXII.
    if number and number <= 30:
        yield f"part:{to_roman(number)}{letter}"


def _general_studies(match: re.Match[str]) -> Iterator[str]:
    number = _number(match["number"].upper())
    if number and number <= 4:
        yield f"paper:gs{number}"


def _years(match: re.Match[str]) -> Iterator[str]:
    first = match["year"]
    yield f"year:{first}"
    if match["to"]:
        yield f"year:{first[: 4 - len(match['to'])]}{match['to']}"


def _figure(match: re.Match[str]) -> Iterator[str]:
    whole, _, decimals = match["figure"].replace(",", "").partition(".")
    number = (whole.lstrip("0") or "0") + (f".{decimals.rstrip('0')}" if decimals.rstrip("0") else "")
    yield f"number:{number}{'%' if match['percent'] else ''}"


def _cardinal(match: re.Match[str]) -> Iterator[str]:
    yield f"number:{from_words(match[0])}"


def _constant(key: str) -> Read:
    return lambda _: iter((key,))


def _rule(pattern: str, read: Read | str) -> _Rule:
    return _Rule(re.compile(pattern, re.IGNORECASE), _constant(read) if isinstance(read, str) else read)


_LIST = (
    rf"(?P<list>{_PROVISION}{_CLAUSES}(?:{_AND}(?:(?:articles?|arts?\.?|sections?)\s*)?{_PROVISION}{_CLAUSES}){_MORE})"
)
_ORDINALS = rf"(?P<list>{_ORDINAL}(?:{_AND}(?:the\s+)?{_ORDINAL}){_MORE})"
_NUMERALS = rf"(?P<list>{_NUMERAL}(?:{_AND}{_NUMERAL}){_MORE})\b"

# In order: each rule reads what the rules before it left.
_RULES = (
    _rule(
        rf"\b(?:sub-?\s?clause\s*\((?P<sub>[a-z\d]{{1,4}})\)\s*of\s+)?clause\s*\((?P<clause>[a-z\d]{{1,4}})\)"
        rf"\s*of\s+art(?:icle|\.)\s*(?P<number>{_PROVISION})",
        _clause_of,
    ),
    _rule(rf"(?:\b(?:articles?|arts?\b\.?)|अनुच्छेद)\s*{_LIST}", _provision("article")),
    _rule(rf"(?:\b(?:sections?|secs?\b\.?|ss?\.)|धारा)\s*{_LIST}", _provision("section")),
    _rule(
        rf"\b(?:the\s+)?{_ORDINALS}\s*\)?\s*(?:constitution(?:al)?\s+)?(?:amendments?|caa|संशोधन|संविधान\s+संशोधन)",
        _counted("amendment"),
    ),
    _rule(r"(?P<list>\d{1,3})\s?(?:वां|वाँ|वें|वीं)?\s*(?:संविधान\s+)?संशोधन", _counted("amendment")),
    _rule(rf"(?P<list>{_ROMAN})\s+(?:constitutional\s+)?amendment\b", _counted("amendment")),
    _rule(rf"\bamendments?\s+(?:act\s+)?(?:no\.?\s*|number\s+)?{_NUMERALS}", _counted("amendment")),
    _rule(rf"\b{_ORDINALS}\s+schedules?\b", _counted("schedule")),
    _rule(rf"(?:\bschedules?|अनुसूची)\s+{_NUMERALS}", _counted("schedule")),
    _rule(
        r"(?:\bpart|भाग)[\s-]+(?:(?P<digits>\d{1,2})|(?P<roman>(?-i:I)|(?-i:[IVX]+)|(?!i\b)[ivx]+))"
        r"(?:-?(?P<letter>[a-d]))?\b",
        _part,
    ),
    _rule(
        r"\b(?:gs|general\s+studies|mains\s+paper)[\s-]*(?:paper)?[\s-]*(?P<number>[1-4]|i{1,3}|iv)\b",
        _general_studies,
    ),
    _rule(r"\b(?:prelims?|preliminary|प्रारंभिक)\b", "paper:prelims"),
    _rule(r"\b(?:mains|main\s+exam(?:ination)?|मुख्य\s+परीक्षा)\b", "paper:mains"),
    _rule(r"\bcsat\b", "paper:csat"),
    _rule(r"\bessay\s+papers?\b", "paper:essay"),
    _rule(r"\bessays?\b|निबंध", "demand:essay"),
    _rule(
        r"\bpyqs?\b|\b(?:previous|past|last|earlier)[\s-]+years?(?:'s|s'|')?[\s-]+(?:papers?|questions?)"
        r"|\bpast\s+(?:questions?|papers?)|\bprevious\s+(?:questions?|papers?)"
        r"|\basked\s+in\s+(?:the\s+)?(?:upsc|ias|exams?|examinations?)|पिछले\s+वर्ष",
        "demand:past_questions",
    ),
    _rule(r"\bupsc\s+(?=(?:19|20)\d\d)|\bquestions\s+asked\b", "demand:past_questions"),
    _rule(r"\b(?:latest|newest|recent|recently|current|currently|nowadays)\b|नवीनतम|हाल\s+ही", "demand:latest"),
    _rule(r"\bhow\s+many\b|\bnumber\s+of\b|कितने|कितनी", "demand:how_many"),
    _rule(
        r"(?<![\d.,])(?P<year>1\d{3}|20\d{2})(?:\s?-\s?(?P<to>\d{4}|\d{2})\b)?"
        r"(?![\d%]|[.,]\d|\s*(?:words?|marks?|km|million|crores?|lakhs?|metres|kg|mw)\b)",
        _years,
    ),
    _rule(
        r"(?<![\d.])(?P<figure>\d{1,24}(?:,\d{2,3}){0,8}(?:\.\d{1,24})?)(?P<percent>\s?(?:%|per\s?cent\b))?",
        _figure,
    ),
    _rule(r"\b(?:not|never|cannot|neither|nor|without|except|excluding)\b|n't\b|नहीं", "not"),
    _rule(rf"\b(?!one\b){CARDINAL_WORDS}\b", _cardinal),
)
