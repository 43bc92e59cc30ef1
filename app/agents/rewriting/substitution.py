"""Rewritings of what only names another thing or side: it takes the place of its like in the question before."""

import re
from collections.abc import Sequence
from dataclasses import replace

from app.agents import mentions
from app.agents.asking import PHRASE
from app.agents.leaning import Leaning
from app.agents.rewriting.anchor import ASKS_PLAINLY, LEADING_ARTICLE, Anchor, capital, opened
from app.agents.subject import last_thing, subject, topics
from app.agents.terms import terms

# Before a topic these say the same: an essay on, about or for it.
_TOPICAL = ("on", "about", "for")
_CLASS_WORD = re.compile(
    r"(?<=\w)\s(?:soil|rock|wind|current|cyclone|river|desert|forest|crop|gas|vaccine|satellite|rocket|sector|rate|deficit|"
    r"revolution|satyagraha|sultanate|empire|dynasty|style|school|council|court|sabha|commission|pact|virtue|plan)s?$",
    re.IGNORECASE,
)
_OPENINGS = re.compile(r"^(?:what|who|when|where|why|how|which|is|are|explain|define|describe)\b", re.IGNORECASE)
# A side of it as somebody sees it, or for somebody: "Aristotle's view", "time limit for the upper house".
_OWNED_OR_FOR = re.compile(r"\w['’]s\s+[a-z]|^[a-z ]{3,40}\s(?:for|by|in)\s", re.IGNORECASE)
_ASKS_ANEW = re.compile(r"^\W*(?:how|which|what|who|why|solve|answer|explain|list|any)\b", re.IGNORECASE)
_CORE_WORDS = 5
# A follow-up names a few things; each is looked for in the whole question again.
_MOST_PUT = 6


def other(found: Leaning, anchors: Sequence[Anchor]) -> str:
    """Another of a kind: in the place of its like, else after the question, else beside its subject."""
    before, rest = anchors[-1].question, opened(found.rest)
    new = mentions.mentions(rest)
    if new and not topics(mentions.without(rest)):
        alike = {mention.kind for mention in mentions.mentions(before)} & {mention.kind for mention in new}
        if alike or not _OWNED_OR_FOR.search(rest):
            return _substituted(before, rest, _widened(rest, new))
        return f"{capital(rest)} - {subject(before)}"
    if phrase := PHRASE.match(rest):
        return _rephrased(before, phrase)
    about = subject(before)
    thing = LEADING_ARTICLE.sub("", rest)
    if not topics(thing):
        return f"{capital(thing)} of {about}"
    if put := mentions.counterpart(before, thing):
        return put
    if not topics(thing.split()[0]) and not thing[:1].isupper():
        return f"{capital(rest)} - {about}"
    return _in_place_of_last(before, thing) or f"{capital(thing)} - {subject(before, whole=True)}"


def _in_place_of_last(before: str, thing: str) -> str | None:
    """`before` with the last thing it names replaced; None where nothing of it would be left."""
    place = last_thing(before)
    if place is None:
        return None
    head = f"{thing.rpartition(' of ')[0]} of "
    shared = len(head) if before[: place[0]].casefold().endswith(head.casefold()) else 0
    class_word = _CLASS_WORD.search(before[place[0] : place[1]])
    if class_word and len(thing.split()) == 1 and terms(thing)[-1:] != terms(class_word[0]):
        # "Laterite?" after black soils are laterite soils.
        return f"{before[: place[0]]}{thing}{before[place[0] + class_word.start() :]}"
    put = f"{before[: place[0] - shared]}{thing}{before[place[1] :]}"
    # "What is certiorari?" after mandamus; but of "Harappan town planning" drainage is a side.
    if terms(put) != terms(thing) or ASKS_PLAINLY.match(before) or _OPENINGS.match(before):
        return put
    return None


def _widened(rest: str, new: list[mentions.Mention]) -> list[mentions.Mention]:
    """The only mention with what it belongs to: "High Court judges", and not the Court, in the place of its like."""
    phrase = LEADING_ARTICLE.sub("", rest)
    if (
        len(new) == 1
        and new[0].kind == "institution"
        and phrase.startswith(new[0].text)
        and len(phrase.split()) <= _CORE_WORDS
    ):
        return [replace(new[0], text=phrase)]
    return new


def _substituted(before: str, rest: str, new: Sequence[mentions.Mention]) -> str:
    whole = opened(before)
    if _ASKS_ANEW.match(rest):
        kept = subject(_substituted(before, mentions.listed(new), new), whole=True)
        return f"{capital(rest)} - {kept}"
    for mention in new[:_MOST_PUT]:
        put = mentions.replaced(whole, mention)
        if put is None and mention.kind == "institution":
            put = mentions.named(whole, mention.text)
        if put is None:
            joined = mention.text if mention.kind not in ("year", "paper") else f"in {mention.text}"
            put = f"{whole} {joined}"
        whole = put
    return whole


def _rephrased(before: str, phrase: re.Match[str]) -> str:
    whole = opened(before)
    said = phrase["preposition"].casefold()
    alike = (
        next((one for one in (said, *_TOPICAL) if re.search(rf"\b{one}\s", whole)), said) if said in _TOPICAL else said
    )
    if alike != said:
        return _rephrased(before, _as(alike, phrase))
    old = list(re.finditer(rf"\b{phrase['preposition']}\s+(?!which\b|what\b)", whole, re.IGNORECASE))
    if old:
        tail = re.search(
            r"\s(?:in|on|for|under|during|after|before|with|from|at|by|against|and|since)\s", whole[old[-1].end() :]
        )
        end = old[-1].end() + tail.start() if tail else len(whole)
        return f"{whole[: old[-1].start()]}{phrase[0].strip()}{whole[end:]}"
    return f"{whole} {phrase[0].strip()}"


def _as(preposition: str, phrase: re.Match[str]) -> re.Match[str]:
    """The phrase with another preposition before its thing."""
    return PHRASE.match(f"{preposition} {phrase['thing']}") or phrase


def aspect(found: Leaning, anchors: Sequence[Anchor]) -> str | None:
    """A side of what the question before was about; None when that was about nothing."""
    about, asked = anchors[-1].about(), opened(found.rest)
    return f"{capital(asked)} of {about}" if about and asked else None


def echo(found: Leaning, anchors: Sequence[Anchor]) -> str:
    """The question as it is, with what it is about after it."""
    return f"{capital(opened(found.rest))} - {anchors[-1].about()}"
