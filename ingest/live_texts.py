"""What is live already, kept small, to compare new texts with: near-duplicates and numbers that disagree."""

import re
from array import array
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import islice

import numpy as np
import numpy.typing as npt

from ingest import stated_numbers
from ingest.document import Document

_SHINGLE = 5
# Odd, so that no bit of a word is lost, and different, so that the words' order counts.
_PLACES = np.array([3**20, 5**15, 7**13, 11**11, 13**10], dtype=np.int64)
_WORD = re.compile(r"\w+")
# Longer texts are known by every fourth of their shingles, chosen by hash, so the same ones in both of two texts.
_KEPT_WHOLE = 400
_EVERY = 4
# Fewer shingles in common with a text that is known by some of its own may be chance.
_LEAST_SHARED = 8
# Of the shorter text's shingles. A text with one word in thirty changed still has more; among 1,177 real ones (our own
# content, an encyclopedia, country profiles, the Constitution) only its articles that repeat one another come near.
NEAR = 0.8
# Shorter texts ("Part XII") are alike by chance.
_LEAST_WORDS = 12
_MOST_TOLD = 3


class LiveTexts:
    """Live texts by the hashes of their shingles and by the numbers they state. Built once; the texts are not kept."""

    def __init__(self, texts: Iterable[tuple[str, str, str]]) -> None:
        """`texts` are (key, title, text); each is read once and let go."""
        self._keys: list[str] = []
        self._topics: list[frozenset[str]] = []
        sizes, hashes, owners = array("q"), array("q"), array("q")
        self._stated: dict[int, list[tuple[int, str]]] = {}
        for key, title, text in texts:
            number = len(self._keys)
            self._keys.append(key)
            size, own = _shingles(text)
            sizes.append(size)
            hashes.frombytes(own.tobytes())
            owners.extend([number] * len(own))
            self._topics.append(stated_numbers.topic(title))
            for one in stated_numbers.find(text):
                self._stated.setdefault(one.subject, []).append((number, one.value))
        order = np.argsort(np.frombuffer(hashes, dtype=np.int64), kind="stable") if hashes else np.empty(0, np.int64)
        self._hashes = np.frombuffer(hashes, dtype=np.int64)[order] if hashes else np.empty(0, np.int64)
        self._owners = np.frombuffer(owners, dtype=np.int64)[order] if owners else np.empty(0, np.int64)
        self._sizes = np.array(sizes, dtype=np.int64)
        self._kept = np.bincount(self._owners, minlength=len(self._keys))

    def __len__(self) -> int:
        return len(self._keys)

    def compare(self, document: Document) -> list[str]:
        """What of `document` live texts under other keys say too, or say otherwise, as warnings."""
        return [*islice(self._repeated(document), _MOST_TOLD), *islice(self._contradicted(document), _MOST_TOLD)]

    def _repeated(self, document: Document) -> Iterator[str]:
        size, own = _shingles(document.text, whole=True)
        if size + _SHINGLE - 1 < _LEAST_WORDS or not self._keys:
            return
        mine_kept = int(np.count_nonzero(own % _EVERY == 0))
        begins, ends = (np.searchsorted(self._hashes, own, side=side) for side in ("left", "right"))
        hits = [self._owners[begin:end] for begin, end in zip(begins, ends, strict=True) if end > begin]
        shared = np.bincount(np.concatenate(hits), minlength=len(self._keys)) if hits else np.empty(0, np.int64)
        for number in np.argsort(-shared, kind="stable"):
            other = int(self._sizes[number])
            # What is kept of a long text stands for all of it, and what would be kept of this one for this one.
            least = min(size, other) if other <= _KEPT_WHOLE else min(mine_kept, int(self._kept[number]))
            share = int(shared[number]) / max(least, 1)
            if not shared[number]:
                return
            if other > _KEPT_WHOLE and shared[number] < _LEAST_SHARED:
                continue
            if share >= NEAR and other + _SHINGLE > _LEAST_WORDS and self._keys[number] != document.key:
                which = "it" if size <= other else f"the live document {self._keys[number]!r}"
                where = f"the live document {self._keys[number]!r}" if size <= other else "it"
                yield f"{min(share, 1):.0%} of {which} is in {where} too"

    def _contradicted(self, document: Document) -> Iterator[str]:
        topic = stated_numbers.topic(document.title)
        for one in stated_numbers.find(document.text):
            others = [
                (self._keys[number], value)
                for number, value in self._stated.get(one.subject, ())
                if self._keys[number] != document.key and _one_topic(topic, self._topics[number], one.around)
            ]
            if others and all(value != one.value for _, value in others):
                key, value = others[0]
                yield f"it says {one.value} in {one.sentence!r}, and the live document {key!r} says {value} there"


def _one_topic(one: frozenset[str], other: frozenset[str], around: frozenset[str]) -> bool:
    """Whether the titles share a word, or the sentence itself names what one of them is about."""
    return bool(one & other) or bool(one and one <= around) or bool(other and other <= around)


def _shingles(text: str, *, whole: bool = False) -> tuple[int, npt.NDArray[np.int64]]:
    """How many distinct shingles a text has, and the hashes of those kept (kept,), sorted; the same on every run."""
    words = np.array([_word(word) for word in _WORD.findall(text.casefold())], dtype=np.int64)
    if len(words) < _SHINGLE:
        return 0, np.empty(0, np.int64)
    hashes = np.unique(np.lib.stride_tricks.sliding_window_view(words, _SHINGLE) @ _PLACES)
    return len(hashes), hashes if whole or len(hashes) <= _KEPT_WHOLE else hashes[hashes % _EVERY == 0]


@lru_cache(maxsize=1 << 16)
def _word(word: str) -> int:
    # Not hash(): which passages are told of would be chance.
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), signed=True)
