"""Turns a follow-up into a question of its own by rule, for when no model does it.

What the follow-up names takes the place of its like in the question before; a pronoun gives way to what that question
was about; what names only a side of something gets the thing added. Earlier turns are text to copy from, nothing else.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from app.agents.exchange import Exchange
from app.agents.leaning import Leaning, Way, leaning
from app.agents.rewriting import choice, orders, referent, substitution
from app.agents.rewriting.anchor import Anchor, opened, tidy
from app.agents.specialists import rows
from app.agents.supervisor import STANDALONE_CHARACTERS
from app.agents.terms import terms
from app.retrieval import as_on

# An answer is looked at for the things it lists and names; what was asked last stands near its beginning.
ANSWER_CHARACTERS = 2_000

_WAYS: dict[Way, Callable[[Leaning, Sequence[Anchor]], str | None]] = {
    "years": orders.years,
    "form": orders.form,
    "more": orders.more,
    "pick": choice.pick,
    "both": choice.both,
    "compare": orders.compare,
    "pronoun": referent.pronoun,
    "reason": orders.reason,
    "other": substitution.other,
    "aspect": substitution.aspect,
    "echo": substitution.echo,
}


def leans(question: str) -> bool:
    """Whether a question cannot be understood without the one before it."""
    return leaning(question, None) is not None


def standalone(question: str, history: Sequence[Exchange]) -> str | None:
    """The question in words that need no earlier turn; None when it leans on one and nothing there helps.

    `history` is oldest first. Each of its questions is completed from those before it, so a follow-up of a follow-up
    finds what it is about. At most 600 characters; a longer question says itself what it is about and stays as it is.
    """
    return _standalone(question, tuple(history))


# A turn asks twice, for the cache and for the route: 4 ms each with a session of ten exchanges.
@lru_cache(maxsize=64)
def _standalone(question: str, history: tuple[Exchange, ...]) -> str | None:
    if len(question) > STANDALONE_CHARACTERS:
        return question
    anchors: list[Anchor] = []
    day = ""
    for exchange in history:
        asked = exchange.question[:STANDALONE_CHARACTERS]
        completed, day = _dated(asked, anchors, day)
        if completed or terms(asked):
            answer = exchange.answer
            anchors.append(Anchor(completed or as_on.without(asked), answer[:ANSWER_CHARACTERS], rows.read(answer)))
    completed, day = _dated(question, anchors, day)
    if completed is None or not day:
        return completed
    return question if completed == as_on.without(question) else f"{opened(completed)} {day}"


def _dated(question: str, anchors: Sequence[Anchor], day: str) -> tuple[str | None, str]:
    """The question completed, without the words that name the day it is asked about, and those words.

    A follow-up keeps the day of the question before it, which are the words `day`, unless it names its own.
    """
    asked = as_on.read(question)
    if asked is None:
        completed = _completed(question, anchors)
        return completed, "" if completed == question else day
    if anchors and not terms(asked.question):
        return anchors[-1].question, asked.said
    return _completed(asked.question, anchors), asked.said


def _completed(question: str, anchors: Sequence[Anchor]) -> str | None:
    found = leaning(question, anchors[-1].question, anchors[-1].answer) if anchors else leaning(question, None)
    if found is None:
        return question
    if not anchors:
        return None
    rewritten = _WAYS[found.way](found, anchors)
    return f"{tidy(rewritten)[: STANDALONE_CHARACTERS - 1].rstrip()}" if rewritten else None
