"""Questions for who holds an office these days: only a page that names somebody beside the office answers them."""

import re
from collections.abc import Iterable

_OFFICE = r"(?P<office>(?!(?:at|by|for|in|on|to|with)\b)[^?.!,;:]{2,80}?)"
_THE = r"(?:the|our)\s{1,3}"
# "Who is present now" asks for no office; "who is the president now" and "who is President now" do.
_CALLED = rf"(?:{_THE}|(?-i:(?=[A-Z])))"
_NOW = r"(?:current|present|incumbent|sitting|serving|reigning|newest|latest|new)"
_WHO = r"\bwho(?:['’]s|\s{1,3}is)\s{1,3}"
_END = r"\W{0,9}$"
_ASKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:{_WHO}|\bname\s{{1,3}})(?:{_THE})?{_NOW}\s{{1,3}}{_OFFICE}{_END}",
        rf"{_WHO}(?:currently|presently|now)\s{{1,3}}{_CALLED}{_OFFICE}{_END}",
        rf"{_WHO}{_CALLED}{_OFFICE}\s{{1,3}}(?:now|currently|nowadays|presently|at\s{{1,3}}present"
        rf"|these\s{{1,3}}days){_END}",
    )
)
# "and what are his powers": there is more to answer than a name.
_MORE = re.compile(r"\b(?:and|or|what|how|why|when|where|which)\b", re.IGNORECASE)
# The office without whose it is: the Governor of the Reserve Bank.
_WHOSE = re.compile(r"\s(?:of|in|at|for|to)\s", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]{1,40}")
_MOST_WORDS = 6
_TAKES = (
    r"(?:is|remains|became|has\s{1,3}been|(?:was\s{1,3})?(?:sworn\s{1,3}in|appointed|elected|chosen)"
    r"|took\s{1,3}\w{2,9})"
)


def office(question: str) -> str | None:
    """The office whose holder these days is all that the question asks for, None for other questions."""
    found = next((match["office"] for pattern in _ASKS if (match := pattern.search(question))), None)
    return None if found is None or _MORE.search(found) else _WHOSE.split(found)[0]


def named(office: str, texts: Iterable[str]) -> bool:
    """Does a text name a holder: "Prime Minister X", or "X is (became, was sworn in as) the Prime Minister"?"""
    words = r"\s{1,3}".join(map(re.escape, _WORD.findall(office)[:_MOST_WORDS]))
    name = r"\b[A-Z][\w.'’-]{1,40}"
    beside = re.compile(rf"\b(?i:{words})\s{{1,3}}(?:of\s{{1,3}}(?:the\s{{1,3}})?[A-Z]\w{{1,30}}\s{{1,3}})?{name}")
    takes = re.compile(
        rf"{name}\s{{1,3}}{_TAKES}\s{{1,3}}(?:as\s{{1,3}})?(?:the\s{{1,3}})?(?:\S{{1,20}}\s)?(?i:{words})\b"
    )
    return any(beside.search(text) or takes.search(text) for text in texts)
