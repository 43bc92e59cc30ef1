"""Rewritings that put what a pronoun stands for in its place: the subject before, or whom or what the answer named."""

import re
from collections.abc import Sequence

from app.agents import mentions
from app.agents.leaning import Leaning
from app.agents.rewriting.anchor import LEADING_ARTICLE, Anchor, opened
from app.agents.specialists import demand
from app.agents.subject import subject, topics
from app.agents.terms import terms

_PERSONAL = frozenset({"he", "him", "himself", "his", "she", "her", "hers"})
_PLURAL = frozenset({"they", "them", "their", "themselves", "these", "those"})
_ASKED_WHO = re.compile(
    r"^\W*(?:who|whom|which (?:person|leader|king|ruler|viceroy|thinker|scientist|saint))\b", re.IGNORECASE
)
_WHO_IS = re.compile(r"^\W*who(?:'s| is| was| are| were)\b", re.IGNORECASE)
_ASKED_WHICH = re.compile(
    (
        r"^\W*(?:(?:under|in|on|by|for|from) )?(?:which|"
        r"what (?!is\b|are\b|was\b|were\b|do|did\b|has\b|happen)|"
        r"what (?:is|was) the (?:first|last|only|capital|\w+est)\b|name the\b)"
    ),
    re.IGNORECASE,
)


def pronoun(found: Leaning, anchors: Sequence[Anchor]) -> str | None:
    """The question with what its pronoun stands for; None when nothing before says what that is."""
    match = found.match
    said = match[0].split()[-1].casefold()
    about = _referent(said, anchors[-1], found.rest)
    if not about:
        return None
    head, tail = found.rest[: match.start()], found.rest[match.end() :]
    if match["possessive"]:
        return _possessed(head, opened(tail).strip(), about)
    if match["demonstrative"]:
        noun = tail.split()[0].strip("?.,!") if tail.split() else ""
        plain = opened(f"{head}the{tail}")
        return (
            f"{head}{about}{tail.strip()[len(noun) :]}"
            if set(terms(noun)) & set(terms(about))
            else f"{plain} - {about}"
        )
    opening = match[0][: len(match[0]) - len(said)] if match["that"] else ""
    return f"{head}{opening}{about}{tail}"


def _possessed(head: str, owned: str, about: str) -> str:
    if owned and len(owned.split()) <= 4 and not topics(owned):
        return f"{head}the {owned} of {about}"
    return f"{head}{about}'s {owned}"


def _referent(said: str, anchor: Anchor, asked: str) -> str:
    """What a pronoun stands for: who or which provision the answer named when that was asked, else the subject."""
    if len(anchor.listed) == 1:
        # It is solved as a question, and anything else is asked of its topic.
        return anchor.listed[0].named if demand.of(asked) == "solve" else anchor.listed[0].asked
    about = subject(anchor.question, whole=said in _PLURAL)
    known = set(terms(anchor.question))
    if (
        said in _PERSONAL | {"they", "their", "them"}
        and _ASKED_WHO.match(anchor.question)
        and not _is_somebody(anchor.question, about)
    ):
        for name in mentions.names(anchor.answer):
            if terms(name) and not set(terms(name)) & known:
                return f"{name} ({about})"
    if _ASKED_WHICH.match(anchor.question) and (told := _told(anchor)):
        return f"{told} ({about})"
    return about


def _told(anchor: Anchor) -> str | None:
    """What the answer to "which ..." named: a provision, else a name that the question had not."""
    for mention in mentions.mentions(anchor.answer):
        if mention.kind in ("article", "amendment", "schedule", "part", "section"):
            return mention.text
    known = set(terms(anchor.question))
    return next((name for name in mentions.names(anchor.answer) if terms(name) and not set(terms(name)) & known), None)


def _is_somebody(question: str, about: str) -> bool:
    """Whether a subject is itself a person or an office: the one that "he" means."""
    named = _WHO_IS.match(question) and LEADING_ARTICLE.sub("", about) in mentions.names(about)
    return bool(named) or any(mention.kind == "institution" for mention in mentions.mentions(about))
