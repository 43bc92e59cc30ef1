"""What content is made of, as values: the content desk decides with them, `app.db` writes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

Status = Literal["draft", "live", "ended", "withdrawn"]


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version as it stands. It is effective from `effective_from` to the day before `effective_to`; None is open.

    `goes_live_with` is the revision with which it becomes live, to be effective until `goes_live_to`, once its
    embeddings are complete; None waits for nothing. `was_live` says that students have seen it.
    """

    id: UUID
    document_id: UUID
    number: int
    content_hash: str
    status: Status
    effective_from: date | None
    effective_to: date | None
    was_live: bool = False
    goes_live_with: int | None = None
    goes_live_to: date | None = None


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What a revision does to one version that is there already; see StoredVersion for `goes_live`."""

    version_id: UUID
    document_id: UUID
    status_before: Status
    status_after: Status
    effective_to_before: date | None
    effective_to_after: date | None
    goes_live_before: int | None = None
    goes_live_after: int | None = None


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A piece that is searched: `header` and `text` are embedded together, `tokens` counts the text alone."""

    header: str
    text: str
    tokens: int

    @property
    def embedded_text(self) -> str:
        """What the embedding is made of; the full-text column is made of the same."""
        return f"{self.header}\n{self.text}"


@dataclass(frozen=True, slots=True)
class NewParent:
    """A passage that is read and cited, with its pieces in order."""

    header: str
    locator: str
    text: str
    tokens: int
    fact_keys: tuple[str, ...]
    chunks: tuple[NewChunk, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """What is known about a text besides its words. `metadata` holds JSON values only."""

    effective_from: date | None = None
    effective_to: date | None = None
    year: int | None = None
    paper: str | None = None
    subject: str | None = None
    marks: Decimal | None = None
    published_on: date | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to be stored. `document_id` None means that the document, too, is new."""

    key: str
    document_id: UUID | None
    number: int
    content_hash: str
    title: str
    details: Details
    parents: tuple[NewParent, ...]
