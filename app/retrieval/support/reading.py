"""A passage as sentences, each with what it leans on: its heading, its title, the sentence before."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from app.db.search import Parent
from app.retrieval.support.vocabulary import stems

# A passage of 512 tokens has thirty sentences at most; what is cut finer is a list that needs its whole.
MOST_SENTENCES = 60
_SPLIT = re.compile(r"(?<=[.;:?!])\s{1,9}(?=[A-Z(\"“–—-])|\n{1,9}")
_SHORTEST = 8
# The same passages are found again and again; 1,024 are some 20 MB.
_REMEMBERED = 1_024
_POSSESSIVE = re.compile(r"['’]s\b")
_GAPS = re.compile(r"[\W_]{1,9}")
_SMALL = frozenset({"a", "an", "and", "for", "in", "of", "on", "the", "to"})


@dataclass(frozen=True)
class Sentence:
    """One sentence. `words` are the stems of it, its heading and title; `around` has those of the one before too."""

    text: str
    words: frozenset[str]
    around: frozenset[str]


@dataclass(frozen=True)
class Reading:
    """A passage being judged. `nearest` is its best chunk's text, `dense` that chunk's cosine, None without MiniLM."""

    parent: Parent
    nearest: str = ""
    dense: float | None = None

    @cached_property
    def title(self) -> frozenset[str]:
        """The stems of what the passage is called."""
        return frozenset(stems(f"{self.parent.title} {self.parent.header}"))

    @cached_property
    def words(self) -> frozenset[str]:
        """The stems of the passage and its title."""
        return self.title | _vocabulary(self.parent.text)

    @cached_property
    def squashed(self) -> str:
        """The passage under its title without spaces, dashes and case: Mohenjo-daro is Mohenjodaro."""
        return _squashed(f"{self.parent.title} {self.parent.header} {self.parent.text}")

    @cached_property
    def initials(self) -> str:
        """The first letters of its words in order, without the small ones, for abbreviations it spells out."""
        return _initials(self.parent.text)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Its sentences in order."""
        return tuple(self._read())

    def _read(self) -> Iterator[Sentence]:
        before: frozenset[str] = frozenset()
        for heading, text in _lines(self.parent.text):
            own = frozenset(stems(f"{heading} {text}")) | self.title
            yield Sentence(text, own, own | before)
            before = own


@lru_cache(_REMEMBERED)
def _vocabulary(text: str) -> frozenset[str]:
    return frozenset(stems(text))


@lru_cache(_REMEMBERED)
def _squashed(text: str) -> str:
    return _GAPS.sub("", text.lower())


@lru_cache(_REMEMBERED)
def _initials(text: str) -> str:
    words = _GAPS.split(_POSSESSIVE.sub("", text))
    return "".join(word[0].lower() for word in words if word and word not in _SMALL)


@lru_cache(_REMEMBERED)
def _lines(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(_cut(text))


def _cut(text: str) -> Iterator[tuple[str, str]]:
    heading, found = "", 0
    for piece in _SPLIT.split(text):
        line = piece.strip()
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif len(line) >= _SHORTEST and found < MOST_SENTENCES:
            found += 1
            yield heading, line
