"""Bringing a namespace everything that its domain wants embedded, by jobs in the bulk queue.

Without a live bulk worker this process works on that queue itself; either way the jobs are the same.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import datetime

from app.db import bulk, embeddings, engine, namespaces
from app.db.catalog import Namespace
from app.db.embeddings import Progress
from app.errors import CutoverRefused
from app.jobs import worker
from app.local.embeddings.operator import Operator
from app.resources import open_embedders
from app.retrieval.embedder import at_worker

# With trouble and nothing new for so long, waiting is no help: somebody has to see to the provider.
STALLED_SECONDS = 30.0
_POLL_SECONDS = 0.5
# How often lost jobs are looked for.
_LOOK_SECONDS = 5.0

Heard = Callable[[Progress], None]


async def fill(operator: Operator, space: Namespace, heard: Heard) -> None:
    """Return when nothing that is wanted is missing; `heard` is told how far it is.

    Raises:
        CutoverRefused: it does not go on; says why. What is embedded is kept, and the next run goes on from there.
    """
    helper: asyncio.Task[None] | None = None
    patience = _Patience(space, await operator.connection.fetchval("SELECT now()"))
    await namespaces.hurry(operator.connection, space.domain)
    try:
        while not await _complete(operator, space, heard, patience):
            if helper is not None and helper.done():
                await helper
            if helper is None and not await bulk.live_workers(operator.connection):
                helper = asyncio.create_task(_work_here(operator))
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        if helper is not None:
            helper.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await helper


async def _work_here(operator: Operator) -> None:
    async with open_embedders(operator.settings, operator.dsn) as (_, embedders):
        await worker.run_bulk(operator.dsn, embedders, signals=False)


async def _complete(operator: Operator, space: Namespace, heard: Heard, patience: "_Patience") -> bool:
    connection = operator.connection
    done = await embeddings.progress(connection, space)
    heard(done)
    if done.done == done.total:
        return True
    await patience.check(operator, done)
    if patience.look_again():
        await bulk.give_back(connection)
        await _defer(connection, space)
    return False


async def _defer(connection: engine.Connection, space: Namespace) -> None:
    """Jobs for what is missing and has none; those of an earlier run are still there."""
    wanted = await embeddings.wanted_versions(connection, space.domain)
    lacking = await embeddings.incomplete(connection, space, wanted)
    untended = await namespaces.untended(connection, space.domain, sorted(lacking))
    if untended:
        async with connection.transaction():
            await embeddings.defer_embedding(connection, space.domain, untended, priority=embeddings.MIGRATION_PRIORITY)


class _Patience:
    """How long to wait for a namespace that has trouble."""

    def __init__(self, space: Namespace, began: datetime) -> None:
        self._space = space
        self._began = began
        self._done = -1
        self._since = time.monotonic()
        self._looked: float | None = None

    def look_again(self) -> bool:
        """Whether it is time to look for what no job is for; at first, then every few seconds."""
        if self._looked is not None and time.monotonic() - self._looked < _LOOK_SECONDS:
            return False
        self._looked = time.monotonic()
        return True

    async def check(self, operator: Operator, done: Progress) -> None:
        """Raise CutoverRefused when it has not moved for too long and there is a reason."""
        if done.done != self._done:
            self._done, self._since = done.done, time.monotonic()
        if time.monotonic() - self._since < STALLED_SECONDS:
            return
        for one in await namespaces.standings(operator.connection, self._space.domain):
            fresh = one.trouble_at is not None and one.trouble_at >= self._began
            if one.space.id == self._space.id and one.trouble and fresh:
                raise CutoverRefused(
                    f"{self._space.domain}: {done.done:,} of {done.total:,} chunks are embedded by "
                    f"{self._space.model}, and no more: {at_worker(one.trouble)}. Students notice nothing; the same "
                    "command goes on from here"
                )
