"""Turns a follow-up into a question of its own by rule, for when no model does it.

The rule is small: a question that leans on an earlier one gets that one's subject appended.
"""

import re
from collections.abc import Sequence

from app.agents.exchange import Exchange
from app.agents.terms import terms

_LEANS_BY_OPENING = re.compile(
    r"^\s*(?:and|also|but|so|or|then|(?:what|how) about|what else|why (?:so|not)|in (?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:it|its|itself|they|them|their|he|him|his|she|her|this|that|these|those|the same|the former|the latter|"
    r"such (?:a|an)|above)\b",
    re.IGNORECASE,
)
# "that" and "this" also join clauses and name the present: these uses need no earlier turn.
_HARMLESS = re.compile(
    r"\b(?:it is (?:said|true|often)(?: that)?|is it true(?: that)?|(?<=\w )and (?:its|their|his|her)|"
    r"said that|true that|state that|means? that|so that|"
    r"ensures? that|fact that|argued? that|"
    r"this (?:year|month|week)|these days|(?<=\w )that (?:is|are|was|were|has|have|can|led))\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"^\s*(?:please\s+)?(?:what|who|which|when|where|why|how|is|are|was|were|did|do|does|can|could|explain|describe|discuss|"
    r"define|tell me|give me|list|name|mention|write|state|compare|briefly|about|the|an?|of|in|on|for|to|much|many|"
    r"does|give|me|you|know|meaning|and|also|but|so)\b[\s,]*",
    re.IGNORECASE,
)
_SUBJECT_WORDS = 12


def leans(question: str) -> bool:
    """Whether a question cannot be understood without the one before it."""
    if _LEANS_BY_OPENING.search(question) or not terms(question):
        return True
    found = _PRONOUN.search(_HARMLESS.sub(" ", question))
    # A pronoun after several content words most often points back into the same question.
    return found is not None and len(terms(question[: found.start()])) < 3


def standalone(question: str, history: Sequence[Exchange]) -> str | None:
    """The question in words that need no earlier turn; None when it leans on one and no subject is found.

    `history` is oldest first.
    """
    if not leans(question):
        return question
    for exchange in reversed(history):
        if not leans(exchange.question) and (about := _subject(exchange.question)):
            return f"{question.strip().rstrip('?!. ')} - {about}?"
    return None


def _subject(question: str) -> str:
    rest = question.strip().rstrip("?!. ")
    while (shorter := _ASKING.sub("", rest, count=1)) != rest:
        rest = shorter
    return " ".join(rest.split()[:_SUBJECT_WORDS])
