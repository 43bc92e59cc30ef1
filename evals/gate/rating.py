"""The two ratings of an answer against its reference that RAGAS asks for: 0, 2 or 4. Pure.

The first counts the item's facts in the answer, the second weighs the reference's words that the answer has. Saying
what the item forbids makes both 0.
"""

import re

from evals.gate import words
from evals.gate.facts import held, holds
from evals.gate.golden import Item
from evals.gate.relevance import Rarity
from evals.gate.statements import bare

NONE, SOME, ALL = 0, 2, 4
_HALF_THE_FACTS = 0.5
# Shares of the reference's words by weight. On the first golden outputs answers with all facts had .79 or more in 95 of
# 100, answers with some facts a median of .47, answers to other questions of the domain .33 at most in 90 of 100.
_ALL_WORDS = 0.75
_SOME_WORDS = 0.4
# Closed-class words beside those of `words`, whose list the trained judge of faithfulness needs unchanged.
_GRAMMAR_TEXT = """
although among because either even hence however if instead neither only per rather since still though thus till
together unless until upon via whereas whether whichever within yes yet
"""
_GRAMMAR = frozenset(map(words.stem, _GRAMMAR_TEXT.split()))
_TENS = {
    "twenty": "2",
    "thirty": "3",
    "forty": "4",
    "fifty": "5",
    "sixty": "6",
    "seventy": "7",
    "eighty": "8",
    "ninety": "9",
}
_UNITS = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}
_COMPOUND = re.compile(rf"\b({'|'.join(_TENS)})[- ]({'|'.join(_UNITS)})\b", re.IGNORECASE)
# A word that the question has too is worth less: repeating the question is no answer.
_ASKED_WORTH = 0.5


def by_facts(item: Item, answer: str) -> int | None:
    """4 with every fact, 2 with half of them; None for an item without facts."""
    if forbidden(item, answer):
        return NONE
    if not item.must_have:
        return None
    share = held(answer, item.must_have) / len(item.must_have)
    return ALL if share >= 1 else SOME if share >= _HALF_THE_FACTS else NONE


def by_reference(item: Item, answer: str, rarity: Rarity) -> int:
    """4 when the answer has three quarters of the reference's words, weighed by rarity, 2 when it has two fifths."""
    if forbidden(item, answer):
        return NONE
    said, asked = _matter(answer), _matter(item.question)
    weights = {stem: rarity.of(stem) * (_ASKED_WORTH if stem in asked else 1) for stem in _matter(bare(item.reference))}
    if not weights:
        return NONE
    share = sum(weight for stem, weight in weights.items() if stem in said) / sum(weights.values())
    return ALL if share >= _ALL_WORDS else SOME if share >= _SOME_WORDS else NONE


def _matter(text: str) -> set[str]:
    """The stems of the words that carry matter; "seventy-two" and "72" are one."""
    figures = _COMPOUND.sub(lambda found: _TENS[found[1].casefold()] + _UNITS[found[2].casefold()], text)
    return set(words.content(figures)) - _GRAMMAR


def forbidden(item: Item, answer: str) -> bool:
    """Whether the answer says what the item forbids."""
    return any(holds(answer, wording) for wording in item.must_not)
