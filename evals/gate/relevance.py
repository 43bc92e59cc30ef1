"""The question that an answer answers, as the local judge makes it: RAGAS compares it with the one that was asked.

A deterministic judge cannot write questions as a model does. It is told what was asked and repeats the part whose words
the answer takes up, unless that is less than half of it, weighed by rarity; or it takes the answer's statement that is
nearest to what was asked, where that comes nearer. So an answer that takes up everything scores 1, one to another
question what their subjects have in common.
"""

import math
from collections import Counter
from collections.abc import Iterable

from app.agents.refusal import is_refusal
from evals.gate import words
from evals.gate.entailment import Embed
from evals.gate.statements import statements

# Less than this share of the question, by weight, and the answer is to another one.
TAKEN_UP = 0.5
# Words about the asking; an answer need not repeat them.
_ASKING_TEXT = """
answer ask asked briefly candidate cite cover critically describe discuss does essay evaluate examine explain
figure figures give given happen happened help know list main mains many mark marks material mean mention much
note notes outline paper please points prelims prepare previous past question questions say show tell topic upsc
used way word words write year years plan deal good need needed right true happen kind
"""
_ASKING = frozenset(map(words.stem, _ASKING_TEXT.split()))


class Rarity:
    """How much a word says: seldom words of a set of questions weigh more."""

    def __init__(self, questions: Iterable[str]) -> None:
        self._seen: Counter[str] = Counter()
        self._total = 0
        for question in questions:
            self._total += 1
            self._seen.update(set(words.content(question)))

    def of(self, stem: str) -> float:
        """At least the logarithm of 2, for a word of every question."""
        return math.log(1 + (self._total + 1) / (self._seen[stem] + 1))


def answered_question(question: str, answer: str, rarity: Rarity, embed: Embed) -> str:
    """The part of `question` that `answer` takes up, or its nearest statement; "" when it states nothing."""
    offered = [*statements(answer), *taken_up(question, answer, rarity)]
    if not offered:
        return ""
    vectors = embed([question, *offered])
    return offered[int((vectors[1:] @ vectors[0]).argmax())]


def taken_up(question: str, answer: str, rarity: Rarity) -> list[str]:
    """The question without the words that the answer lacks; nothing when less than half of it is left."""
    said = set(words.content(answer))
    subject = {stem for stem in words.content(question) if stem not in _ASKING}
    whole = sum(map(rarity.of, subject))
    if whole and sum(rarity.of(stem) for stem in subject & said) < TAKEN_UP * whole:
        return []
    kept = [word for word in question.split() if all(one in said or one in _ASKING for one in words.content(word))]
    return [" ".join(kept)] if kept else []


def evades(answer: str) -> bool:
    """Whether the answer declines to answer; RAGAS calls that noncommittal."""
    return is_refusal(answer) or not statements(answer)
