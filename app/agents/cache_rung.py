"""The rung that gives an answer stored for the same question, and the reading of stored answers."""

from collections.abc import AsyncGenerator
from typing import Literal, Protocol

from app.agents.answer import Answer, Source
from app.agents.rung import Assignment, Draft, NothingStoredError
from app.db.cache import CacheEntry


class Lookup(Protocol):
    """`app.db.cache.lookup` with its pool and prompt set already given."""

    async def __call__(self, *, normalised: str, language: str) -> CacheEntry | None:
        """The usable entry for that question, if there is one."""
        ...


class CacheRung:
    """Answers from the cache. It looks for exactly this question now; the guarded look-up by meaning comes here."""

    tier: Literal["cache"] = "cache"
    model: str | None = None

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    async def open(self, assignment: Assignment) -> Draft:
        """The stored answer as a draft.

        Raises:
            NothingStoredError: there is none.
        """
        entry = await self._lookup(normalised=assignment.normalised, language=assignment.language)
        if entry is None:
            raise NothingStoredError
        stored = Answer.model_validate(entry.answer)
        return Draft(_whole(stored.text), stored, sources_of(entry))


def sources_of(entry: CacheEntry) -> tuple[Source, ...]:
    """The sources that a stored answer was given with."""
    return tuple(Source.model_validate(source) for source in entry.sources)


async def _whole(text: str) -> AsyncGenerator[str, None]:
    yield text
