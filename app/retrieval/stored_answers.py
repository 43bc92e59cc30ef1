"""The cache of answers as a question meets it: its key, and the answer stored under that key."""

from dataclasses import dataclass

from app.db import cache
from app.db.cache import CacheEntry, CacheKey
from app.db.engine import Pool
from app.retrieval import question as questions
from app.retrieval.embedder import EmbeddedEmbedder
from app.retrieval.guard.guarded import guard

# The cosine that is enough when no model can answer (design section 6); the keys must be equal there as everywhere.
RELAXED = 0.85


async def key_of(question: str, embedder: EmbeddedEmbedder) -> CacheKey | None:
    """What a cleaned question is stored and found under; None for one that is nobody else's (see `guard`)."""
    guarded = guard(question)
    if not guarded.standalone:
        return None
    vectors = await embedder.embed([guarded.text])
    return CacheKey(questions.normalise(question), vectors[0].tolist(), guarded.keys)


@dataclass(frozen=True, slots=True)
class StoredAnswers:
    """Finds stored answers; one for the process. `threshold` is the cosine that a hit needs, 0 to 1."""

    pool: Pool
    embedder: EmbeddedEmbedder
    prompt_set: str
    threshold: float

    async def __call__(self, question: str, *, language: str, relaxed: bool = False) -> CacheEntry | None:
        """The usable answer to a standalone question, by the gate's own SQL function; one round trip."""
        key = await key_of(question, self.embedder)
        if key is None:
            return None
        threshold = min(RELAXED, self.threshold) if relaxed else self.threshold
        return await cache.lookup(self.pool, key, language=language, prompt_set=self.prompt_set, threshold=threshold)
