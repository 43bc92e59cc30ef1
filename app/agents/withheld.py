"""What an answer's writer said and its passages do not support: kept for operators, never shown to a student."""

from dataclasses import dataclass
from uuid import UUID

from app.agents.answer import Tier


@dataclass(frozen=True, slots=True)
class Withheld:
    """One sentence that was not shown: who wrote it, why it was left out, and the parents it cites."""

    tier: Tier
    sentence: str
    reason: str
    cited: tuple[UUID, ...] = ()
