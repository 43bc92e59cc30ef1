"""The words by which a question names its subject, as they are written: "Governor" is not "government"."""

import re

from app.agents.wanted import is_light

_WORD = re.compile(r"[^\W\d_][\w'-]*")
# "is the governor elected": of whom or what a yes or no is asked, also without its capital.
_ASKED_OF = re.compile(
    r"\W{0,9}(?:is|are|was|were|do|does|did|can|could|may|must|should|will|has|have)\s{1,3}(?:the|an?)\s{1,3}(\w[\w'-]*)",
    re.IGNORECASE,
)


def capitalised(question: str) -> set[str]:
    """Words that a question capitalises, but for its first."""
    return {word.casefold() for word in _WORD.findall(question)[1:] if word[0].isupper()}


def subject(question: str) -> frozenset[str]:
    """Those of them that tell one thing from another, and of whom or what a yes or no is asked."""
    asked_of = _ASKED_OF.match(question)
    found = capitalised(question) | ({asked_of[1].casefold()} if asked_of else set())
    return frozenset(word for word in found if not is_light(word))


def words(text: str) -> set[str]:
    """All words of a text."""
    return {word.casefold() for word in _WORD.findall(text)}
