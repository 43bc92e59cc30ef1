"""Rewritings of orders: the question before said again, in the form, number or years now wanted."""

import re
from collections.abc import Sequence

from app.agents import mentions
from app.agents.asking import PHRASE
from app.agents.leaning import Leaning
from app.agents.orders import FORM_FILLER, FORM_PHRASE
from app.agents.rewriting.anchor import Anchor, capital, opened
from app.agents.subject import subject
from app.agents.terms import terms
from app.retrieval.numerals import from_words

_WORDS = re.compile(r"\b\w+[\s-]*words?\b", re.IGNORECASE)
_LENGTH = re.compile(
    r"[\s,]*\b(?:in|within|of|under)?\s*(?:about|around|under)?\s*\d{2,4}[\s-]*words?\b", re.IGNORECASE
)
COUNT_WORD = re.compile(
    (
        r"\b(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|"
        r"ten)\s+(?=(?:[a-z-]+ ){0,2}?(?!words|marks|years|days|months)[a-z]{2,}s\b)"
    ),
    re.IGNORECASE,
)
_ASKING_VERBS = re.compile(
    r"\b(?:give|make|write|show|do|want|need|say|answer|explain|draw|prepare|repeat|tell|present|can|could|now|and)\b",
    re.IGNORECASE,
)
_WH_AUXILIARY = re.compile(
    (
        r"^\W*(?:when|where|how|why|"
        r"since when)\s+(?P<clause>(?:is|are|was|were|did|does|do|has|have|can|could|will|should)\s.+)"
    ),
    re.IGNORECASE,
)
_AUXILIARY = re.compile(
    r"^\W*(?P<clause>(?:is|are|was|were|did|does|do|has|have|can|could|will|should|may|must)\s.+)", re.IGNORECASE
)


def form(found: Leaning, anchors: Sequence[Anchor]) -> str:
    """The question before in another length, language or shape."""
    before, phrase = opened(anchors[-1].question), FORM_PHRASE.search(found.rest)
    if phrase and terms(_ASKING_VERBS.sub(" ", FORM_FILLER.sub(" ", found.rest[: phrase.start()]))):
        # A side of the thing is wanted in that form: "the exceptions in 100 words".
        return f"{opened(found.rest)} - {subject(before)}"
    asked = opened(found.rest[phrase.start() :] if phrase else found.rest)
    if _WORDS.search(asked):
        before = opened(_LENGTH.sub("", before)) or before
        return f"{before} {asked if PHRASE.match(asked) else f'in {asked}'}"
    return f"{before}, {re.sub(r'^(?:to|into) ', 'in ', asked, flags=re.IGNORECASE)}"


def years(found: Leaning, anchors: Sequence[Anchor]) -> str:
    """The years before or after the last one that the question before names; without one they are only said."""
    before, match = anchors[-1].question, found.match
    named = [mention for mention in mentions.mentions(before) if mention.kind == "year"]
    if not named or not (match["after"] or match["before"] or match["next"] or match["previous"]):
        return f"{capital(opened(found.rest))} - {subject(before, whole=True)}"
    number = int(from_words(match["number"]) or match["number"]) if match["number"] else 1
    told = [int(year) for year in re.findall(r"\d{4}", " ".join(mention.text for mention in named))]
    back = match["before"] or match["previous"]
    years = range(min(told) - number, min(told)) if back else range(max(told) + 1, max(told) + 1 + number)
    text = " and ".join(map(str, years))
    return mentions.replaced(opened(before), mentions.Mention("year", text, 0, len(text))) or before


def more(found: Leaning, anchors: Sequence[Anchor]) -> str:
    """More of the same: how many were asked for before no longer counts."""
    for mention in mentions.mentions(found.rest):
        if mention.kind != "number" and (put := mentions.replaced(opened(anchors[-1].question), mention)):
            return put
    before = COUNT_WORD.sub("", anchors[-1].question)
    return f"{capital(opened(found.rest))}: {subject(before, whole=True)}"


def compare(found: Leaning, anchors: Sequence[Anchor]) -> str:
    """What the question before was about, beside the thing now named."""
    return f"Compare {subject(anchors[-1].question)} with {found.match['other']}"


def reason(found: Leaning, anchors: Sequence[Anchor]) -> str:
    """A bare why, how or when, asked of the whole clause of the question before."""
    before = opened(anchors[-1].question)
    asked = opened(found.rest).strip()
    word = asked.split()[0].casefold()
    clause = _AUXILIARY.match(before) or (_WH_AUXILIARY.match(before) if word == "why" else None)
    if word in ("why", "how", "when", "where") and clause:
        return f"{capital(word)} {clause['clause'][:1].lower()}{clause['clause'][1:]}"
    return f"{capital(asked)} - {subject(before, whole=True) if word in ('why', 'how') else subject(before)}"
