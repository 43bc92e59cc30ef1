"""What the supervisor decides, and the shape that both routers share."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from app.agents.answer import Intent
from app.agents.exchange import Exchange
from app.retrieval.calls import CallLog
from app.retrieval.intake import MAX_CHARACTERS

Domains = Mapping[Intent, tuple[str, ...]]

# A rewritten question is a question: anything longer is a model that started to answer.
STANDALONE_CHARACTERS = 600


class Filters(BaseModel):
    """What a question narrows its answer to. Nothing named means no narrowing.

    `papers` are `prelims`, `mains`, `gs1` to `gs4`, `csat`, `essay`; `subject` is one of the collection's own; `topic`
    is what is left of the question; `count` is how many items it asks for.
    """

    model_config = ConfigDict(frozen=True)

    years: tuple[int, ...] = ()
    papers: tuple[str, ...] = ()
    subject: str | None = None
    topic: str | None = None
    count: int | None = None


class Route(BaseModel):
    """Which specialist answers the question, and where it looks."""

    model_config = ConfigDict(frozen=True)

    intent: Intent = Field(
        description="factual: explain or look up; pyq: past papers and what was asked in them; essay: plan or write "
        "an essay; current_affairs: recent events"
    )
    domains: tuple[str, ...] = Field((), description="bodies of content to search; empty means all of the intent")
    standalone_question: str = Field(
        max_length=MAX_CHARACTERS, description="the question in words that need no earlier turn"
    )
    confidence: float = Field(ge=0, le=1)
    filters: Filters = Field(Filters(), description="years, papers, subject, topic and count that the question names")


class Router(Protocol):
    """Decides a question's route. Both routers answer always: a router that fails has another behind it."""

    async def route(self, question: str, history: Sequence[Exchange], log: CallLog) -> Route:
        """The route of a question asked after `history` (oldest first)."""
        ...


def known_domains(intent: Intent, named: Iterable[str], domains: Domains) -> tuple[str, ...]:
    """Those of the named domains that belong to the intent; none left means all of it, as an empty tuple says."""
    wanted = set(named)
    return tuple(domain for domain in domains.get(intent, ()) if domain in wanted)
