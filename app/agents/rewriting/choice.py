"""Rewritings that put the item pointed at, or the two things compared, where "the second one" or "both" stood."""

import re
from collections.abc import Sequence

from app.agents import mentions
from app.agents.leaning import Leaning
from app.agents.pointers import BOTH
from app.agents.rewriting.anchor import ESSAY, Anchor, opened
from app.agents.rewriting.orders import COUNT_WORD
from app.agents.specialists import demand
from app.agents.specialists.rows import Listed
from app.agents.subject import items, pair, subject
from app.retrieval.numerals import from_words

# A part of an answer and not one of several questions.
_OF_AN_ANSWER = re.compile(
    r"\b(?:point|part|reason|feature|example|exception|step|argument|factor|cause|ground|provision|principle)\b",
    re.IGNORECASE,
)


def pick(found: Leaning, anchors: Sequence[Anchor]) -> str:
    """The item that the answer listed there; an ordinal alone changes that of the question before: "the 74th?"."""
    anchor, match = anchors[-1], found.match
    if rows := _past_questions(found, anchors):
        return _of_rows(found, rows)
    ordinals = [mention for mention in mentions.mentions(match[0]) if mention.kind == "ordinal"]
    if (
        ordinals
        and found.rest.rstrip("?. ") == match[0]
        and (put := mentions.replaced(opened(anchor.question), ordinals[0]))
    ):
        return put
    # The one row of a solution is no point of it.
    listed = items(anchor.answer)[len(anchor.listed) :]
    place = _place(match, len(listed))
    about = COUNT_WORD.sub("", anchor.about(whole=True))
    if place is None:
        return f"{opened(found.rest)} - {about}"
    nth = (match["nth"] or "").casefold()
    if nth in ("former", "latter") and (two := pair(anchor.question)):
        return f"{found.rest[: match.start()]}{two[nth == 'latter']}{found.rest[match.end() :]}"
    asked = f"{found.rest[: match.start()]}{listed[place]}{found.rest[match.end() :]}"
    return f"{opened(asked)} - {about}"


def _place(match: re.Match[str], count: int) -> int | None:
    nth = (match["nth"] or match["far"] or match["digit"]).casefold()
    if nth in ("last", "final"):
        place = count - 1
    elif nth in ("former", "latter"):
        place = int(nth == "latter")
    else:
        figure = re.match(r"\d+", nth)
        place = (int(figure[0]) if figure else from_words(nth)) - 1
    return place if 0 <= place < count else None


def _past_questions(found: Leaning, anchors: Sequence[Anchor]) -> tuple[Listed, ...]:
    """The list of past questions that is pointed into: the last one, behind the solutions of some of its rows.

    Behind other answers only where a question is to be solved; a point of an answer is none of its rows.
    """
    of_answer = _OF_AN_ANSWER.search(found.match[0]) is not None
    solves = demand.of(found.rest) == "solve" or "question" in found.match[0].casefold()
    alone: tuple[Listed, ...] = ()
    for anchor in reversed(anchors):
        if len(anchor.listed) > 1:
            return anchor.listed
        if of_answer or not (anchor.listed or solves):
            break
        alone = alone or anchor.listed
    return alone


def _of_rows(found: Leaning, rows: Sequence[Listed]) -> str:
    """The order with the row in the place of the pointer; a pointer alone is an order to solve."""
    match = found.match
    place = _place(match, len(rows))
    if place is None:
        return f"{opened(found.rest)} of the {len(rows)} questions listed"
    head, tail = found.rest[: match.start()], found.rest[match.end() :]
    if ESSAY.search(found.rest):
        return f"{head}{rows[place].asked}{tail}"
    if not re.search(r"\w", head):
        head = "Solve "
    return f"{head}{rows[place].named} {opened(tail)}"


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
