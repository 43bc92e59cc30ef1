"""What every specialist can do: gather what its answers are made of, and write one without a model."""

from collections.abc import Iterator
from typing import Protocol

from app.agents.answer import Intent
from app.agents.material import Inquiry, Material
from app.agents.rung import Assignment
from app.agents.specialists.library import Library
from app.retrieval.meaning import Closeness


class Specialist(Protocol):
    """One way to answer. Its prompt is the file of its intent's name."""

    @property
    def intent(self) -> Intent:
        """The intent that it answers."""
        ...

    @property
    def max_tokens(self) -> int:
        """How long a model's answer may be."""
        ...

    async def gather(self, inquiry: Inquiry, library: Library) -> Material:
        """Search what this kind of answer needs; no passages when there is no evidence for one."""
        ...

    def compose(self, assignment: Assignment, close: Closeness) -> Iterator[str]:
        """The answer without a model, in pieces: quotes with their citations, and `Composed` words of our own.

        `close` says how near a sentence is to the question in meaning (a cosine), 0 where that is not known.
        """
        ...
