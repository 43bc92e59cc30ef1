"""Chooses an intent by simple word rules, as a small router model would."""

import re
from typing import Any

INTENTS = frozenset({"factual", "pyq", "essay", "current_affairs"})

_YEAR = r"(?:19|20)\d\d"
_PAPER = r"(?:gs[- ]?(?:paper[- ]?)?(?:[1-4]|iv|i{1,3})\b|prelims|mains|csat|paper|upsc|exam)"

# The first rule that matches wins.
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "pyq",
        re.compile(
            r"\bpyqs?\b|\b(?:previous|past|last)[- ](?:\w+[- ])?years?\b.*\b(?:questions?|qs|papers?)"
            r"|\basked\b.*\b(?:in|by|since|for)\b"
            r"|\b(?:past|previous) (?:questions?|papers?)\b|\bquestions? (?:\w+ )?asked\b"
            rf"|\b{_YEAR}\b.*\b{_PAPER}|\b{_PAPER}.*\b{_YEAR}\b",
            re.IGNORECASE | re.DOTALL,
        ),
    ),
    (
        "essay",
        re.compile(
            r"\bessays?\b|\bnibandh\b|\banecdotes?\b|\bthesis statement\b|\boutline\b|\b\d{3,4}[- ]words?\b.*\bwrite\b",
            re.IGNORECASE | re.DOTALL,
        ),
    ),
    (
        "current_affairs",
        re.compile(
            r"\bcurrent affairs?\b|\blatest\b|\brecent(?:ly)?\b|\bnews\b|\bupdates?\b|\bthis (?:week|month|year)\b"
            r"|\blast (?:week|month|quarter)\b|\bnowadays\b|\bso far\b",
            re.IGNORECASE,
        ),
    ),
)


def intent_of(question: str) -> str:
    """pyq, essay or current_affairs where their words stand in the question; else factual."""
    return next((intent for intent, words in _RULES if words.search(question)), "factual")


def route_values(question: str) -> dict[str, Any]:
    """What a route's properties should hold, by name; `domains` empty means every domain of the intent."""
    return {"intent": intent_of(question), "standalone_question": question, "confidence": 0.9, "domains": []}
