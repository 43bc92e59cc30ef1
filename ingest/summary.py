"""What one apply did, for people and for the exit status."""

from dataclasses import dataclass, field

from ingest.document import Rejection

ALL_IN, NOTHING_IN, SOME_REJECTED = 0, 1, 3


@dataclass(slots=True)
class Summary:
    """Counts are documents, but for `chunks` (embedded) and `tokens` (of their texts). No `revision`: no change."""

    domain: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    revived: int = 0
    chunks: int = 0
    tokens: int = 0
    seconds: float = 0.0
    embedding_seconds: float = 0.0
    revision: int | None = None
    rejected: list[Rejection] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Chunks a second while embedding."""
        return self.chunks / self.embedding_seconds if self.embedding_seconds else 0.0

    @property
    def exit_code(self) -> int:
        """0 all in or unchanged, 1 nothing in (nothing found, or all rejected), 3 some rejected."""
        if not self.added + self.changed + self.unchanged + self.revived:
            return NOTHING_IN
        return SOME_REJECTED if self.rejected else ALL_IN
