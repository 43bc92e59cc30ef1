"""The rung that gives an answer stored for the same question, and the reading of stored answers."""

from collections.abc import AsyncGenerator
from typing import Literal, Protocol

from pydantic import ValidationError

from app.agents.answer import Answer, Source
from app.agents.rung import Assignment, Draft, NothingStoredError
from app.db.cache import CacheEntry
from app.db.engine import ConnectionLost, DatabaseError
from app.telemetry import get_logger


class Lookup(Protocol):
    """`app.retrieval.stored_answers.StoredAnswers`."""

    async def __call__(self, question: str, *, language: str, relaxed: bool = False) -> CacheEntry | None:
        """The usable entry for that standalone question, if there is one."""
        ...


class CacheRung:
    """Answers from the cache at the relaxed threshold, under the same keys."""

    tier: Literal["cache"] = "cache"
    model: str | None = None

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    async def open(self, assignment: Assignment) -> Draft:
        """The stored answer as a draft.

        Raises:
            NothingStoredError: there is none, or it cannot be read.
        """
        if assignment.day is not None:
            # What is stored was said of the day it was asked on.
            raise NothingStoredError
        try:
            entry = await self._lookup(assignment.question, language=assignment.language, relaxed=True)
            stored = Answer.model_validate(entry.answer) if entry else None
        except (DatabaseError, *ConnectionLost, TimeoutError, ValidationError) as error:
            # The rung below needs neither database nor cache.
            get_logger(__name__).warning("cache.not_read", error=type(error).__name__)
            raise NothingStoredError from error
        if entry is None or stored is None:
            raise NothingStoredError
        return Draft(_whole(stored.text), stored, sources_of(entry), entry.id)


def sources_of(entry: CacheEntry) -> tuple[Source, ...]:
    """The sources that a stored answer was given with."""
    return tuple(Source.model_validate(source) for source in entry.sources)


async def _whole(text: str) -> AsyncGenerator[str, None]:
    yield text
