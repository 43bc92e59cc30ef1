"""What one chat turn is given."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from app.agents.exchange import Exchange
from app.db.ids import uuid7
from app.retrieval import question as questions
from app.retrieval.calls import CallLog
from app.retrieval.guard.guarded import guard


@dataclass(frozen=True, slots=True)
class Ask:
    """An accepted question. `history` is the session's window, oldest first; `accepted_at` is aware."""

    task_id: UUID
    question: str
    normalised: str
    fact_keys: tuple[str, ...]
    language: str
    history: tuple[Exchange, ...]
    accepted_at: datetime
    log: CallLog

    @classmethod
    def alone(cls, text: str) -> Self:
        """`text` as a question accepted now, with no session before it.

        Raises:
            InvalidText: it holds control characters.
        """
        asked = questions.clean(text).strip()
        return cls(
            task_id=uuid7(),
            question=asked,
            normalised=questions.normalise(asked),
            fact_keys=guard(asked).keys,
            language=questions.language(asked),
            history=(),
            accepted_at=datetime.now(UTC),
            log=CallLog(),
        )
