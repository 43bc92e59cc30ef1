"""Cache entries as a worker would have stored them."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from support.library import Placed
from support.questions import PROMPT_SET, SAME_DIRECTION, answer

from app.db import cache, engine
from app.db.cache import CacheKey
from app.retrieval import question as questions
from app.retrieval.guard.guarded import guard


async def keep(pool: engine.Pool, text: str, *cited: Placed, **changes: Any) -> UUID:
    """Store an answer to the question `text` that cites these; the id of the task it was written for."""
    task_id = uuid4()
    fields: dict[str, Any] = {
        "question": text,
        "key": CacheKey(questions.normalise(text), SAME_DIRECTION, guard(text).keys),
        "language": "en",
        "prompt_set": PROMPT_SET,
        "route": {"intent": "factual", "domains": [placed.domain for placed in cited], "confidence": 0.9},
        "sources": [placed.citation.model_dump(mode="json") | {"published_on": None} for placed in cited],
        "answer": answer(task_id, citation=cited[0].citation if cited else None),
        "lifetime": timedelta(days=1),
        "versions": [(placed.domain, placed.version_id, placed.namespace_id) for placed in cited],
    }
    async with pool.acquire() as connection, connection.transaction():
        await cache.store(connection, cache.NewEntry(**(fields | changes)))
    return task_id
