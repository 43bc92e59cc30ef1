"""Words as evidence compares them: without inflection, and the same whether a text says appoint or appointment."""

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache

from app.retrieval.guard.words import lemma

_WORD = re.compile(r"[^\W_]{1,60}")
# Two words are of one family when they begin alike for this share of the one looked for.
_FAMILY_SHARE = 0.75
_FAMILY_CHARACTERS = 5


def stems(text: str) -> list[str]:
    """The stems of all words of `text`, in order; parts of a hyphened word count for themselves."""
    return [_stem(word) for word in _WORD.findall(text.lower().replace("'s", " ").replace("’s", " "))]


def holds(stem: str, vocabulary: AbstractSet[str]) -> bool:
    """Is `stem`, or a word of its family, among these stems?"""
    if stem in vocabulary:
        return True
    size = max(_FAMILY_CHARACTERS, round(len(stem) * _FAMILY_SHARE))
    if len(stem) < size or stem.isdigit():
        return False
    start = stem[:size]
    # A loop: asked 700 times a question of 100 words each, a generator takes twice the time.
    for other in vocabulary:  # noqa: SIM110
        if other.startswith(start):
            return True
    return False


# The words of a content of thousands of passages; 5 MB.
@lru_cache(32_768)
def _stem(word: str) -> str:
    return lemma(word)
