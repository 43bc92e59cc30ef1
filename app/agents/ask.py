"""What one chat turn is given."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.agents.exchange import Exchange
from app.retrieval.calls import CallLog


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
