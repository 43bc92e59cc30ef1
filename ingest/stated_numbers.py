"""The numbers that the sentences of a text state, each with what it is a number of, to find two that disagree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A sentence of more words or numbers is a list or a table, where the same words stand around many numbers.
_MOST_WORDS = 40
_MOST_NUMBERS = 4
# What makes words a statement: entries of lists ("Oxford, 1983") and of tables ("Exports: 5% of GDP") look alike.
_VERBS = _words(
    "is are was were has have had be been shall will consists comprises contains covers holds numbers"
    " है हैं था थे थी होता होते होती हुई हुआ"
)
# Fewer words of its own do not say what a number is of.
_LEAST_WORDS = 3
# A line that begins with a small letter goes on with the one above: prose is wrapped, rows of tables and lists are not.
_SENTENCE = re.compile(r"(?<=[.!?।])\s+|\n(?![a-z])")
# Vowel signs, without the dandas and the digits between them, are no letters to `re`.
_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?|(?:[^\W\d_]|[\u0900-\u0963\u0970-\u097f\u200c\u200d])+|[%₹$]")
_EXCERPT = 120
# "Article 19" and "42nd Amendment" are names, and another number is another thing.
_NAMED = _words(
    "article articles section sections part parts chapter schedule rule clause list entry amendment no number page"
     " order act paper question gs volume unit class table figure annexure step item"
)  # fmt: skip
_ORDINAL = _words("st nd rd th")
_EMPTY = _words(
    "a an the of in on at by to for from with and or is are was were be been being has have had it its this that there"
     " as which who than about total now also only under into shall will may can"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stated:
    """A number in a sentence. `subject` is the same for two that the same words, `around`, stand around."""

    subject: int
    around: frozenset[str]
    value: str
    sentence: str


def find(text: str) -> Iterator[Stated]:
    """Every number of `text` that says how many, how much or when.

    Precision before recall: two are numbers of the same thing only where the same words, other numbers included, stand
    around them.
    """
    for sentence in _SENTENCE.split(text):
        tokens = _TOKEN.findall(sentence) if any(letter.isdecimal() for letter in sentence) else []
        numbers = [at for at in range(len(tokens)) if _is_stated(tokens, at)]
        if not numbers or len(numbers) > _MOST_NUMBERS or len(tokens) > _MOST_WORDS:
            continue
        if _VERBS.isdisjoint(token.casefold() for token in tokens):
            continue
        words = [_plain(token) for token in tokens]
        for at in numbers:
            around = frozenset(word for place, word in enumerate(words) if place != at and word not in _EMPTY)
            if sum(_is_word(word) for word in around) >= _LEAST_WORDS:
                yield Stated(hash(around), around, _value(tokens[at]), " ".join(sentence.split())[:_EXCERPT])


def topic(title: str) -> frozenset[str]:
    """The words of a title that say what a text is about."""
    return frozenset(_plain(token) for token in _TOKEN.findall(title)) - _EMPTY


def _is_stated(tokens: list[str], at: int) -> bool:
    before = tokens[at - 1].casefold() if at else ""
    after = tokens[at + 1].casefold() if at + 1 < len(tokens) else ""
    return tokens[at][0].isdecimal() and before not in _NAMED and after not in _ORDINAL and at > 0


def _plain(token: str) -> str:
    if token[0].isdecimal():
        return _value(token)
    word = token.casefold()
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _value(number: str) -> str:
    digits = "".join(str(int(letter)) if letter.isdecimal() else letter for letter in number.replace(",", ""))
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits).lstrip("0") or "0"


def _is_word(token: str) -> bool:
    return token[0].isalpha()
