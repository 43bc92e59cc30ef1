"""The tables of synonyms and abbreviations: several words that mean one thing become one token."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files

from app.retrieval.guard.words import lemma

Words = tuple[str, ...]
TABLES = ("abbreviations.txt", "synonyms.txt")


class Lexicon:
    """Replaces the longest phrase it knows, from left to right; case and inflection are folded before."""

    def __init__(self, entries: Iterable[tuple[str, Sequence[str]]]) -> None:
        self._phrases: dict[str, list[tuple[Words, Words]]] = {}
        one_word: dict[str, Words] = {}
        for canonical, others in entries:
            to = ("_".join(words_of(canonical)),)
            for words in {words for form in (canonical, *others) for words in _spellings(form)}:
                if len(words) == 1:
                    one_word[words[0]] = to
                else:
                    self._phrases.setdefault(words[0], []).append((words, to))
        self._one_word = one_word
        for phrases in self._phrases.values():
            phrases.sort(key=lambda phrase: -len(phrase[0]))

    def read(self, words: Sequence[str]) -> list[str]:
        """`words` with every known phrase as one token."""
        found: list[str] = []
        at = 0
        while at < len(words):
            taken, token = self._longest(words, at)
            found += token
            at += taken
        return found

    def _longest(self, words: Sequence[str], at: int) -> tuple[int, Words]:
        for phrase, token in self._phrases.get(words[at], ()):
            if tuple(words[at : at + len(phrase)]) == phrase:
                return len(phrase), token
        return 1, self._one_word.get(words[at], (words[at],))


def words_of(text: str) -> Words:
    """The lemmas of a table's phrase."""
    return tuple(lemma(word) for word in text.split())


def _spellings(text: str) -> tuple[Words, Words]:
    # A participle in the phrase may or may not stand before its noun.
    return words_of(text), tuple(lemma(word, modifies=True) for word in text.split())


@cache
def lexicon() -> Lexicon:
    """The tables of this package, read once."""
    return Lexicon(entry for name in TABLES for entry in _entries(name))


def _entries(name: str) -> Iterator[tuple[str, Sequence[str]]]:
    for line in files("app.retrieval.guard").joinpath(name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            canonical, _, others = line.partition(" = ")
            yield canonical.strip(), [other.strip() for other in others.split("|") if other.strip()]
