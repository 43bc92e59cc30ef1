"""The value that travels from retrieval to the answer: one parent passage of one version of a document."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Passage:
    """A parent with what a citation needs.

    `score` is the fused score in 0..1 within one question, `dense` the best cosine similarity of its children (None
    without an embedding), `text_rank` the best full-text score of its children (0 when none matched). `best_child` is
    the text of the child that matched best, `chunk_id` its id. `structured` says that the question named this parent
    by an exact key: its provision, its year and paper, or its title.
    """

    parent_id: UUID
    version_id: UUID
    document_id: UUID
    domain: str
    namespace_id: UUID
    version: int
    title: str
    header: str
    locator: str
    text: str
    best_child: str
    score: float
    dense: float | None
    text_rank: float
    structured: bool = False
    chunk_id: UUID | None = None
    published_on: date | None = None
    year: int | None = None
    paper: str | None = None
    subject: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    metadata: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages for one question, best first, at most five distinct parents.

    `answerable` is False when they do not support an answer (then `nearest` holds titles to suggest);
    `degraded` is True when the embedding call failed and only full text and exact keys were searched;
    `namespaces` are those of the task's snapshot that were searched; `reason` says why it is
    answerable or not, for editors; `up_to` is the day of the newest content where the question asks for what may be
    newer; `documents` are those that have what the question names, None when that was not asked.
    """

    passages: tuple[Passage, ...]
    answerable: bool
    nearest: tuple[str, ...]
    degraded: bool
    namespaces: tuple[UUID, ...]
    reason: str = ""
    up_to: date | None = None
    documents: frozenset[UUID] | None = None
