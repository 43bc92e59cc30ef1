"""Rewritings that put the item pointed at, or the two things compared, where "the second one" or "both" stood."""

import re
from collections.abc import Sequence

from app.agents import mentions
from app.agents.leaning import Leaning
from app.agents.pointers import BOTH
from app.agents.rewriting.anchor import Anchor, opened
from app.agents.rewriting.orders import COUNT_WORD
from app.agents.subject import items, pair, subject

# Of what is counted from the front; digits count for themselves.
_PLACES = {"former": 0, "latter": 1} | {
    nth: i for i, nth in enumerate(("first", "second", "third", "fourth", "fifth", "sixth", "seventh"))
}


def pick(found: Leaning, anchors: Sequence[Anchor]) -> str:
    """The item that the answer listed there; an ordinal alone changes that of the question before: "the 74th?"."""
    anchor, match = anchors[-1], found.match
    ordinals = [mention for mention in mentions.mentions(match[0]) if mention.kind == "ordinal"]
    if (
        ordinals
        and found.rest.rstrip("?. ") == match[0]
        and (put := mentions.replaced(opened(anchor.question), ordinals[0]))
    ):
        return put
    listed = items(anchor.answer)
    place = _place(match, len(listed))
    about = COUNT_WORD.sub("", subject(anchor.question, whole=True))
    if place is None:
        return f"{opened(found.rest)} - {about}"
    nth = (match["nth"] or "").casefold()
    if nth in ("former", "latter") and (two := pair(anchor.question)):
        return f"{found.rest[: match.start()]}{two[nth == 'latter']}{found.rest[match.end() :]}"
    asked = f"{found.rest[: match.start()]}{listed[place]}{found.rest[match.end() :]}"
    return f"{opened(asked)} - {about}"


def _place(match: re.Match[str], count: int) -> int | None:
    nth = (match["nth"] or "").casefold()
    if nth in ("last", "final"):
        place = count - 1
    elif nth in _PLACES:
        place = _PLACES[nth]
    else:
        place = int(match["digit"] or nth[0]) - 1
    return place if 0 <= place < count else None


def both(found: Leaning, anchors: Sequence[Anchor]) -> str:
    """The two things of the question before, else what the last two questions were about."""
    two = pair(anchors[-1].question)
    if two is None and len(anchors) > 1:
        two = (subject(anchors[-2].question), subject(anchors[-1].question))
    if two is None:
        return f"{opened(found.rest)} - {subject(anchors[-1].question)}"
    named = f"{two[0]} and {two[1]}"
    asked = BOTH.sub(
        lambda both: f"between {named}" if "etween" in both[0] or "ifference" in both[0] else named, found.rest, count=1
    )
    return f"Difference {asked}" if asked.startswith("between") else asked
