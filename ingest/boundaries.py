"""Where a text can be cut, counted in tokens, and how good each place is."""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum

from app.agents import sentences
from ingest.document import Heading

# The tokens of a text as (start, end) in characters, in order.
Offsets = Callable[[str], Sequence[tuple[int, int]]]

# The tokenizer takes this much at a time, so that a large file does not need a hundred times its size.
_BLOCK = 100_000
# A token longer than this stands for a word that the model does not read; its characters are counted instead.
_LONGEST_WORD = 100

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_CLAUSE = re.compile(r";\s+")
_PHRASE = re.compile(r",\s+")
# In plain text a short line on its own without an end mark is a heading, and belongs to what follows.
_TITLE = re.compile(r"(?![-*+•|(\d])[^\n]{1,80}\s*")
_ENDS_SENTENCE = re.compile(r"[.!?…।॥][*_\"'”’)\]»]*(?:\[\d{1,3}\])*\s*\Z")
# "The territory of India shall comprise:" belongs to the list after it.
_LEADS_IN = re.compile(r"[:—–,-][*_]*\s*\Z")
_JOINERS = "\u094d\u200c\u200d"


class Place(IntEnum):
    """What begins there: the higher, the better to cut before it."""

    INSIDE = 0
    WORD = 1
    PHRASE = 2
    CLAUSE = 3
    SENTENCE = 4
    PARAGRAPH = 5
    HEADING = 6


class Boundaries:
    """The units of a text and the `Place` before each.

    A unit is a token, or one character of a word too long for the model. `starts[i]` is where unit i begins, and the
    end of the text after the last one, so that units a to b are text[starts[a]:starts[b]]; `places` has as many items.
    """

    def __init__(self, text: str, headings: Sequence[Heading], offsets: Offsets) -> None:
        self.starts = array("l", _unit_starts(text, offsets))
        self.starts.append(len(text))
        self.places = bytearray(len(self.starts))
        self._text = text
        if len(self.starts) > 1:
            self.starts[0] = 0
        self._note_words()
        for position, place in _positions(text):
            self._note(position, place)
        for heading in headings:
            self._note(heading.end, Place.WORD, lower=True)
        for heading in headings:
            self._note(heading.start, Place.HEADING)
        self.headings = [unit for unit, place in enumerate(self.places) if place == Place.HEADING]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def splits_a_letter(self, unit: int) -> bool:
        """Whether a cut before `unit` would part a letter from its vowel sign, or a conjunct."""
        at = self.starts[unit]
        return unicodedata.category(self._text[at])[0] == "M" or self._text[at - 1] in _JOINERS

    def _note_words(self) -> None:
        for unit in range(1, len(self)):
            if self._text[self.starts[unit] - 1].isspace():
                self.places[unit] = Place.WORD

    def _note(self, position: int, place: Place, *, lower: bool = False) -> None:
        unit = bisect_left(self.starts, position)
        if 0 < unit < len(self) and (lower or place > self.places[unit]):
            self.places[unit] = place


def _unit_starts(text: str, offsets: Offsets) -> Iterator[int]:
    for begin, end in _blocks(text):
        for token_start, token_end in offsets(text[begin:end]):
            if token_end - token_start > _LONGEST_WORD:
                yield from range(begin + token_start, begin + token_end)
            else:
                yield begin + token_start


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    begin = 0
    while begin < len(text):
        end = min(begin + _BLOCK, len(text))
        if end < len(text):
            # At a line's end, else at a blank, else anywhere.
            end = next((at + 1 for mark in "\n " if (at := text.rfind(mark, begin, end)) > begin), end)
        yield begin, end
        begin = end


def _positions(text: str) -> Iterator[tuple[int, Place]]:
    begin, after_title = 0, False
    for gap in [*_PARAGRAPH.finditer(text), None]:
        end = gap.end() if gap else len(text)
        paragraph = text[begin:end]
        after_title = not after_title and bool(_TITLE.fullmatch(paragraph)) and not _ENDS_SENTENCE.search(paragraph)
        if not after_title:
            yield from _sentences(paragraph, begin)
            yield end, Place.PARAGRAPH
        begin = end
    for mark in _CLAUSE.finditer(text):
        yield mark.end(), Place.CLAUSE
    for mark in _PHRASE.finditer(text):
        yield mark.end(), Place.PHRASE


def _sentences(paragraph: str, begin: int) -> Iterator[tuple[int, Place]]:
    for piece in sentences.split(paragraph):
        begin += len(piece)
        if _ENDS_SENTENCE.search(piece):
            yield begin, Place.SENTENCE
        elif not _LEADS_IN.search(piece):
            yield begin, Place.CLAUSE
