"""Recent events: what happened and when, why it matters for the syllabus, and the standing topic behind it."""

import asyncio
import re
from collections.abc import Iterator, Sequence

from app.agents import picks, quotes
from app.agents.aim import SPECIFIC
from app.agents.answer import Intent
from app.agents.material import PASSAGES, Composed, Inquiry, Material
from app.agents.picks import Pick
from app.agents.quotes import Quotes
from app.agents.rung import Assignment
from app.agents.specialists import headings
from app.agents.specialists.factual import explained
from app.agents.specialists.library import Library, gathered, nearer
from app.retrieval.meaning import Closeness
from app.retrieval.passage import Passage

# How many passages are of the event's own page, and how many of the standing topic behind it.
EVENT, STATIC = 3, 2
# Another event is told beside the first when the search liked it this much in comparison.
BESIDE = 0.75

# Points told of the event beside the sentence that answers.
POINTS = 4
# A passage of this cosine to the event's title is on its topic.
NEAR = 0.45

_MATTERS = re.compile(
    r"\b(?:why|matters?|significance|importance|relevance|implications?|impact|analysis)\b", re.IGNORECASE
)
_BACKGROUND = re.compile(r"\b(?:background|static|context|history|origins?|earlier|syllabus)\b", re.IGNORECASE)
_AFTERWARDS = re.compile(f"{_MATTERS.pattern}|{_BACKGROUND.pattern}", re.IGNORECASE)
_SOURCES = re.compile(r"\b(?:sources?|references?|further reading)\b", re.IGNORECASE)
_MATTERS_TO_SAY = re.compile(
    r"\b(?:mains|prelims|answers?|matters?|shows?|importan\w+|significan\w+|debate)\b", re.IGNORECASE
)


class CurrentAffairs:
    """Briefs on events."""

    intent: Intent = "current_affairs"
    max_tokens = 900

    async def gather(self, inquiry: Inquiry, library: Library) -> Material:
        """The event, the rest of what its page says, and the topic behind it in the domains of facts."""
        found, facts = await library.searches(
            inquiry,
            (inquiry.question, inquiry.domains),
            (inquiry.question, inquiry.every.get("factual", ())),
        )
        if not found.passages or nearer(facts, found):
            # A standing topic asked for in the words of news.
            return gathered(found, ("companion", facts.passages), others=(facts,), filters=inquiry.filters)
        told = _newest_first(found.passages) if "demand:latest" in inquiry.fact_keys else found.passages
        title = told[0].title
        rest, static = await asyncio.gather(
            library.search(inquiry, f"{title}: why it matters, background", inquiry.domains),
            library.search(inquiry, title, inquiry.every.get("factual", ()), near=NEAR),
        )
        event = [one for one in (*told, *rest.passages) if one.document_id == told[0].document_id]
        event = list({one.parent_id: one for one in event}.values())[:EVENT]
        behind = static.passages[:STATIC]
        beside = [one for one in told if one.document_id != told[0].document_id and one.score >= BESIDE * told[0].score]
        return gathered(
            found,
            ("main", [*event, *beside[: max(0, PASSAGES - len(event) - len(behind))]]),
            ("companion", behind),
            others=(rest, static),
            filters=inquiry.filters,
        )

    def compose(self, assignment: Assignment, close: Closeness) -> Iterator[str]:
        """Three parts under their headings, each with the days on which its sources were published."""
        numbered = assignment.numbered("main")
        if not numbered:
            yield from explained(assignment, close)
            return
        question = picks.asked(assignment.question, numbered, close)
        chosen = Quotes(question, numbered, skip=_SOURCES)
        # Who asks for one fact gets it first wherever it stands; else what happened does not begin with what follows.
        outside = None if question.aim.kind in SPECIFIC else _AFTERWARDS
        answer = chosen.answer(outside=outside) or chosen.answer()
        matters = chosen.under(_MATTERS, 2, first=True) or chosen.saying(_MATTERS_TO_SAY, 1)
        background = [*_behind(assignment, numbered[0][1]), *chosen.under(_BACKGROUND, 1)]
        happened = [*answer, *chosen.points(answer, POINTS, outside=_AFTERWARDS)]
        for name, told in (("happened", happened), ("matters", matters), ("background", background)):
            if told:
                yield Composed(headings.bold(name, assignment.language, _days(told, assignment)))
                yield from quotes.listed(told)
                yield "\n"


def _newest_first(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """By day of publication, those that the search liked nearly as much as its first; then the others."""
    near = [one for one in passages if one.score >= BESIDE * passages[0].score]
    near.sort(key=lambda one: one.published_on.toordinal() if one.published_on else 0, reverse=True)
    return (*near, *(one for one in passages if one not in near))


def _behind(assignment: Assignment, event: Passage) -> list[Pick]:
    """What the standing topic is, from the domains of facts."""
    numbered = assignment.numbered("companion")
    return Quotes(picks.asked(f"What is {event.title}?", numbered), numbered).best(1) if numbered else []


def _days(told: Sequence[Pick], assignment: Assignment) -> str:
    """The days of publication of what is quoted, newest first, as they stand after a heading."""
    days = {assignment.passages[pick.number - 1].published_on for pick in told}
    known = sorted((day for day in days if day), reverse=True)
    return f" ({'; '.join(f'{day:%-d %B %Y}' for day in known)})" if known else ""
