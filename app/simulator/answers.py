"""Writes a cited answer out of a prompt's passages: the sentences that match the question best, word for word."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from app.simulator.prompt import Passage, Prompt
from app.simulator.sentences import heading_of, sentences_of
from app.simulator.terms import terms_of

NOTHING_FOUND = "I found nothing in the passages that answers this question."

# About 60 tokens, a second at 60 tokens a second: what a short mains answer's core takes.
_ENOUGH_WORDS = 45
_FEWEST, _MOST = 2, 4
# A third or fourth sentence must be worth at least this share of the best one.
_WORTH = 0.35


@dataclass(frozen=True, slots=True)
class _Candidate:
    n: int
    position: int
    text: str
    terms: frozenset[str]
    heading: frozenset[str]


def write(prompt: Prompt) -> str:
    """A lead sentence and, with three or more, the others as points; each cites its passage as `[n]`.

    Deterministic. Without passages, or when no word of the question is in any of them, it says so (in
    the words that the prompt wants for that).
    """
    candidates = [each for passage in prompt.passages for each in _candidates(passage)]
    wanted = frozenset(terms_of(prompt.question))
    if not candidates or (wanted and not any(wanted & (each.terms | each.heading) for each in candidates)):
        return prompt.refusal or NOTHING_FOUND
    chosen = _choose(candidates, _scores(candidates, wanted))
    lead, *points = [_cited(each) for each in chosen]
    if len(points) < 2:
        return " ".join([lead, *points])
    return lead + "\n\n" + "\n".join(f"- {point}" for point in points)


def _candidates(passage: Passage) -> Iterable[_Candidate]:
    heading = frozenset(terms_of(heading_of(passage.text)))
    for position, text in enumerate(sentences_of(passage.text)):
        yield _Candidate(passage.n, position, text, frozenset(terms_of(text)), heading)


def _scores(candidates: list[_Candidate], wanted: frozenset[str]) -> list[float]:
    seen = Counter(term for each in candidates for term in each.terms | each.heading)
    rarity = {term: math.log(1 + len(candidates) / (0.5 + seen[term])) for term in wanted}
    total = sum(rarity.values()) or 1.0

    def score(each: _Candidate) -> float:
        found = sum(rarity[term] for term in wanted & each.terms) / total
        titled = sum(rarity[term] for term in wanted & each.heading) / total
        length = len(each.text.split())
        # Overlap grows with length by chance alone; earlier passages and sentences win what is left even.
        return (found + 0.7 * titled) / (1 + max(0, length - 30) / 60) + 0.03 / each.n + 0.01 / (1 + each.position)

    return [score(each) for each in candidates]


def _choose(candidates: list[_Candidate], scores: list[float]) -> list[_Candidate]:
    order = sorted(range(len(candidates)), key=lambda at: (-scores[at], at))
    chosen: list[_Candidate] = []
    for at in order[:_MOST]:
        words = sum(len(each.text.split()) for each in chosen)
        if len(chosen) >= _FEWEST and (words >= _ENOUGH_WORDS or scores[at] < _WORTH * scores[order[0]]):
            break
        chosen.append(candidates[at])
    return sorted(chosen, key=lambda each: (each.n, each.position))


def _cited(sentence: _Candidate) -> str:
    body = re.sub(r"[\s.;:,।—-]+$", "", sentence.text)
    stop = body[-1] if body[-1:] in {"?", "!"} else "."
    return f"{body.rstrip('?!')} [{sentence.n}]{stop}"
