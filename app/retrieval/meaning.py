"""How near sentences are to a question in meaning: for the choice of quotes, and for evidence."""

import asyncio
from collections.abc import Callable, Sequence

from app.retrieval.embedder import Embedder

Closeness = Callable[[str], float]


def unknown(_: str) -> float:
    """What is known of a sentence's meaning without an embedder."""
    return 0.0


class Meaning:
    """Cosines by the embedded model, which remembers the sentences that it is given again and again."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def near(self, question: str, sentences: Sequence[str]) -> Closeness:
        """A function from these sentences to their cosine to the question (-1..1); 0 for any other text.

        Raises:
            ProviderError: the embedder failed.
        """
        distinct = list(dict.fromkeys(sentences))
        asked, vectors = await asyncio.gather(self._embedder.embed([question]), self._embedder.embed(distinct))
        cosines = dict(zip(distinct, (vectors @ asked[0]).tolist(), strict=True))
        return lambda text: cosines.get(text, 0.0)
