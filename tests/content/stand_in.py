"""An embedder that needs no model: the simulated provider's vectors, made in this process and counted."""

from collections.abc import Sequence
from decimal import Decimal

from app.retrieval.calls import Call, CallLog
from app.retrieval.minilm import MiniLM, Vectors
from app.simulator import vectors


class StandIn:
    """See `app.retrieval.embedder.Embedder`: similar texts have similar vectors, equal texts equal ones.

    `asked` are the texts that it was asked for, in order.
    """

    def __init__(self, name: str = MiniLM.name, dimensions: int = MiniLM.dimensions) -> None:
        self.name = name
        self.dimensions = dimensions
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str], log: CallLog | None = None) -> Vectors:
        """See `Embedder`."""
        self.asked += texts
        if log is not None:
            log.add(Call("embed", self.name, len(texts), 0, Decimal(0), 0, "ok"))
        return vectors.embed(texts, self.dimensions)
