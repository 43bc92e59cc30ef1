"""What every model, embedding and rerank call leaves behind: one record, later one row of ops.llm_calls."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal
from uuid import UUID

Node = Literal["route", "answer", "embed", "rerank", "judge"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `cost` is in US dollars, None where the price is not known; `outcome` is "ok" or an error's code."""

    node: Node
    model: str
    tokens_in: int
    tokens_out: int
    cost: Decimal | None
    ms: int
    outcome: str


@dataclass(slots=True)
class CallLog:
    """Collects the calls of one run; whoever runs it writes them to the database, also on failure.

    `task_id` is the task they are made for, if any, and `answer_calls` how many answers have been asked for in all its
    runs, as far as this one knows.
    """

    task_id: UUID | None = None
    answer_calls: int = 0
    calls: list[Call] = field(default_factory=list)

    def add(self, call: Call) -> None:
        """Note one finished call."""
        self.calls.append(call)
