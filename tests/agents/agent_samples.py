"""Passages, questions and a retriever that gives what it was told, for the tests of this folder."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID, uuid4

from app.agents import prompts
from app.agents.answer import Intent
from app.agents.ask import Ask
from app.agents.citations import sources
from app.agents.events import ChatEvent, Finished, TextShown
from app.agents.exchange import Exchange
from app.agents.rung import Assignment
from app.db.cache import CacheEntry
from app.db.snapshot import Snapshot
from app.retrieval.calls import CallLog
from app.retrieval.passage import Passage, Retrieved
from app.retrieval.question import normalise

DOMAINS: dict[Intent, tuple[str, ...]] = {
    "factual": ("polity", "history", "geography", "economy", "science", "ethics"),
    "pyq": ("pyq_prelims", "pyq_mains"),
    "essay": ("essay_structure", "essay_content"),
    "current_affairs": ("current_affairs",),
}
NAMESPACE = UUID(int=7)
SNAPSHOT = Snapshot((), date(2026, 10, 1))


def passage(
    header: str,
    text: str,
    *,
    domain: str = "polity",
    score: float = 1.0,
    best_child: str = "",
    published_on: date | None = None,
    year: int | None = None,
    paper: str | None = None,
    subject: str | None = None,
    metadata: dict[str, object] | None = None,
) -> Passage:
    return Passage(
        parent_id=uuid4(),
        version_id=uuid4(),
        document_id=uuid4(),
        domain=domain,
        namespace_id=NAMESPACE,
        version=1,
        title=header,
        header=header,
        locator=header,
        text=text,
        best_child=best_child,
        score=score,
        dense=score,
        text_rank=score,
        published_on=published_on,
        year=year,
        paper=paper,
        subject=subject,
        metadata=metadata or {},
    )


PRESIDENT = passage(
    "Article 58. Qualifications of the President",
    "(1) No person can be elected President unless he -\n(a) is a citizen of India,\n"
    "(b) has completed the age of thirty-five years, and\n(c) could be elected to the House of the People.\n"
    "(2) A person with an office of profit cannot be elected President.\n"
    "Provided that a Governor's office is no office of profit.",
    metadata={"as_of": "2026-10-01"},
)
FIRST = passage(
    "The first President",
    "Rajendra Prasad became the first President in 1950. He held the office until 1962. "
    "No one has held it longer since then.",
    score=0.8,
    metadata={"as_of": "2026-09-01"},
)
MINIMUM_AGE = "What is the minimum age to be elected President?"


def ask(question: str, *history: Exchange, log: CallLog | None = None) -> Ask:
    return replace(Ask.alone(question), history=history, log=log or CallLog())


def assignment(
    deadline: float, *passages: Passage, question: str = MINIMUM_AGE, intent: Intent = "factual"
) -> Assignment:
    given = passages or (PRESIDENT, FIRST)
    return Assignment(
        question=question,
        normalised=normalise(question),
        language="en",
        intent=intent,
        domains=DOMAINS[intent],
        confidence=1.0,
        passages=given,
        sources=sources(given),
        history=(),
        prompt=prompts.load(intent),
        log=CallLog(),
        deadline=deadline,
    )


@dataclass
class GivenPassages:
    """A retriever over nothing: it gives the same passages to every question and remembers what it was asked."""

    passages: tuple[Passage, ...] = (PRESIDENT, FIRST)
    answerable: bool = True
    nearest: tuple[str, ...] = ()
    degraded: bool = False
    asked: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)

    async def snapshot(self) -> Snapshot:
        return SNAPSHOT

    async def search(
        self,
        question: str,
        *,
        snapshot: Snapshot,
        domains: Sequence[str],
        keys: Sequence[str],
        log: CallLog,
        limit: int = 5,
    ) -> Retrieved:
        self.asked.append((question, tuple(domains), tuple(keys)))
        return Retrieved(self.passages[:limit], self.answerable, self.nearest, self.degraded, (NAMESPACE,))


@dataclass
class Shelf:
    """A cache with at most one entry, under its normalised question."""

    entry: CacheEntry | None = None
    question: str = ""

    async def lookup(self, question: str, *, language: str, relaxed: bool = False) -> CacheEntry | None:
        return self.entry if normalise(question) == self.question else None


def shown(events: Sequence[ChatEvent]) -> str:
    """What the student reads at the end: the texts since the last restart."""
    text = ""
    for event in events:
        if isinstance(event, TextShown):
            text += event.text
        elif type(event).__name__ == "Restarted":
            text = ""
    return text


def finished(events: Sequence[ChatEvent]) -> Finished:
    end = events[-1]
    assert isinstance(end, Finished)
    return end
