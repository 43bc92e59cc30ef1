"""Questions about a time that the content does not reach: now, the days around it, and years still to come."""

import re

_ABOUT_NOW = re.compile(
    r"\b(?:today's|todays|yesterday|tomorrow|right now|at this moment"
    r"|(?:this|last|next|coming|past)\s{1,3}(?:week|month|weekend|fortnight|night|evening|morning|quarter)"
    r"|(?:next|coming)\s{1,3}year|day before yesterday|breaking news|live (?:score|price|rate|result)s?)\b"
    r"|(?:आज|कल)\s{1,3}(?:का|की|के)\b|इस\s{1,3}(?:सप्ताह|हफ्ते|महीने)|अगले\s{1,3}(?:साल|वर्ष)",
    re.IGNORECASE,
)
_PAST = re.compile(r"\b(?:did|was|were|had|won|happened|announced|declared|launched|passed|adopted)\b", re.IGNORECASE)
_YEAR = re.compile(
    r"(?<![\d.,])(?:1\d{3}|20\d{2})(?![\d%]|,\d)(?!\s{0,3}(?:words|marks|km|rupees|crores?|lakhs?|metres|kg|mw)\b)"
)


def about_now(question: str) -> bool:
    """Does it ask for news of these days?"""
    return _ABOUT_NOW.search(question) is not None


def speaks_of_the_past(question: str) -> bool:
    """Does it ask for what has happened?"""
    return _PAST.search(question) is not None


def years(question: str) -> tuple[str, ...]:
    """The years that it names, each once."""
    return tuple(dict.fromkeys(_YEAR.findall(question)))
