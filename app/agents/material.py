"""What a specialist is asked, and what it has gathered to write from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.agents.supervisor import Domains, Filters
from app.db.snapshot import Snapshot
from app.retrieval.calls import CallLog
from app.retrieval.passage import Passage, Retrieved
from app.retrieval.past_questions import Listing

# How many parents a model is given, whatever they were gathered for; past questions are not counted.
PASSAGES = 5

# Nothing narrowed.
NO_FILTERS = Filters()
# main: found for the question itself; companion: for what belongs beside it; row: a past question that fits.
Role = Literal["main", "companion", "row"]


class Composed(str):
    """A piece of an answer that is ours: a heading, a count made by SQL, a plan. It needs no source to stand on."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A standalone question on its way to a specialist. `domains` are the route's, `every` each intent's.

    All that is searched for it is searched in `snapshot`, whose `day` is the one that the question asks about; the
    words that name the day are no longer in `question`.
    """

    question: str
    language: str
    fact_keys: Sequence[str]
    filters: Filters
    domains: tuple[str, ...]
    every: Domains
    snapshot: Snapshot
    log: CallLog


@dataclass(frozen=True, slots=True)
class Material:
    """Numbered passages with their roles; none means that the question is refused.

    `found` is what the main search said, with the namespaces of all searches. `lead` is shown before what a model
    writes, `brief` is added to its task. `refusal` says more than that nothing was found.
    """

    found: Retrieved
    passages: tuple[Passage, ...] = ()
    roles: tuple[Role, ...] = ()
    filters: Filters = NO_FILTERS
    listing: Listing | None = None
    lead: str = ""
    brief: str = ""
    refusal: str = ""
