"""What one plan or apply found and did, for people, for programs and for the exit status."""

from dataclasses import asdict, dataclass, field
from decimal import Decimal

from app.db.going_live import Refused
from ingest.document import Rejection

ALL_IN, NOTHING_IN, SOME_REJECTED = 0, 1, 3


@dataclass(slots=True)
class Summary:
    """Counts are documents, but for `chunks` (to embed) and `tokens` (of them). No `revision`: no change.

    `keys` are those of the documents by outcome. `cost` is in US dollars, None where the model's price is not known.
    `waits` says that something is not embedded yet, and so not live; `trouble` why that goes on. `refused` are versions
    that were written and could not become live beside what was live by then.
    """

    domain: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    revived: int = 0
    removed: int = 0
    draft: bool = False
    chunks: int = 0
    tokens: int = 0
    cost: Decimal | None = Decimal(0)
    seconds: float = 0.0
    embedding_seconds: float = 0.0
    revision: int | None = None
    waits: bool = False
    trouble: str = ""
    keys: dict[str, list[str]] = field(default_factory=dict)
    rejected: list[Rejection] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Chunks a second while embedding."""
        return self.chunks / self.embedding_seconds if self.embedding_seconds else 0.0

    @property
    def exit_code(self) -> int:
        """0 all in or unchanged, 1 nothing in (nothing found, all rejected or refused, or not embedded), 3 some."""
        done = self.added + self.changed + self.unchanged + self.revived + self.removed
        if self.trouble or done <= len({one.key for one in self.refused}):
            return NOTHING_IN
        return SOME_REJECTED if self.rejected or self.refused else ALL_IN

    def count(self, outcome: str, key: str) -> None:
        """One more document with this outcome."""
        setattr(self, outcome, getattr(self, outcome) + 1)
        self.keys.setdefault(outcome, []).append(key)

    def as_json(self) -> dict[str, object]:
        """The same for --json."""
        counts = {name: getattr(self, name) for name in ("added", "changed", "revived", "unchanged", "removed")}
        return {
            "domain": self.domain,
            "revision": self.revision,
            "draft": self.draft,
            "waits": self.waits,
            "trouble": self.trouble or None,
            **counts,
            "documents": {name: self.keys.get(name, []) for name in counts},
            "rejected": [{"name": one.name, "reason": one.reason} for one in self.rejected],
            "refused": [asdict(one) for one in self.refused],
            "skipped": self.skipped,
            "warnings": self.warnings,
            "chunks": self.chunks,
            "tokens": self.tokens,
            "cost": None if self.cost is None else float(self.cost),
            "seconds": round(self.seconds, 3),
        }
