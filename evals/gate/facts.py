"""Whether an answer holds a fact: wordings looked for in one normal form, as whole words."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_CITATION = re.compile(r"\s?\[\d{1,3}\]")
_MARKUP = re.compile(r"[*_`#|>]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{2,3}\b)")
_DASHES = str.maketrans("‐‑‒–—−’‘“”", "------''\"\"")
_PERCENT = re.compile(r"(?<=\d)\s?(?:%|per\s?cent\b|percent\b)")
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """`text` in lower case without citations and markup, numbers and per cents in one form, one space between words."""
    text = unicodedata.normalize("NFKC", text).translate(_DASHES).casefold()
    text = _THOUSANDS.sub("", _MARKUP.sub(" ", _CITATION.sub("", text)))
    text = _HYPHEN.sub(" ", _PERCENT.sub(" per cent", text))
    return " ".join(text.split())


def holds(text: str, wording: str) -> bool:
    """Whether the wording stands in the text, not inside a longer word or number: "19" is not in "1950" or "19.5"."""
    wanted = re.escape(plain(wording))
    return re.search(rf"(?<![^\W_])(?<!\d\.){wanted}(?:'?s\b|(?![^\W_]))(?!\.\d)", plain(text)) is not None


def held(text: str, facts: Sequence[Sequence[str]]) -> int:
    """How many facts have one of their wordings in the text."""
    return sum(any(holds(text, wording) for wording in wordings) for wordings in facts)
