"""How near sentences are to a question in meaning, for the choice of quotes. Their vectors are remembered."""

from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from app.retrieval.embedder import Embedder
from app.retrieval.minilm import Vectors

Closeness = Callable[[str], float]

# A vector is 1.5 kB.
REMEMBERED = 4_096


def unknown(_: str) -> float:
    """What is known of a sentence's meaning without an embedder."""
    return 0.0


class Meaning:
    """Cosines by the embedded model. One instance serves a whole process."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()

    async def near(self, question: str, sentences: Sequence[str]) -> Closeness:
        """A function from these sentences to their cosine to the question (-1..1); 0 for any other text."""
        # Taken out before the first wait, in which others may push them out of the memory, and put back as the newest.
        known = {text: self._remembered.pop(text) for text in dict.fromkeys(sentences) if text in self._remembered}
        fresh = [text for text in dict.fromkeys(sentences) if text not in known]
        self._remembered.update(known)
        asked = (await self._embedder.embed([question], None))[0]
        if fresh:
            known.update(zip(fresh, await self._embedder.embed(fresh, None), strict=True))
        self._remembered.update(known)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        cosines = {text: float(np.dot(vector, asked)) for text, vector in known.items()}
        return lambda text: cosines.get(text, 0.0)
