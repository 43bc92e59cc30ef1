"""Brings versions what they lack of every namespace, and lets those become live that waited for it.

Repeatable: what is saved stays, so a job that dies anywhere is continued by its next run.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple
from uuid import UUID

from app.db import catalog, content, embeddings, going_live, llm_calls
from app.db.catalog import Namespace
from app.db.engine import Connection, ConnectionLost
from app.errors import PrashnaError
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedders
from app.telemetry import get_logger

log = get_logger(__name__)


class Embedding:
    """What a bulk worker embeds with; one for the process. `running` are the ids of the jobs that it has in hand."""

    def __init__(self, dsn: str, embedders: Embedders) -> None:
        self._dsn = dsn
        self._embedders = embedders
        self.running: set[int] = set()
        self.worker_id: int | None = None

    async def embed(self, domain: str, version_ids: Sequence[UUID]) -> None:
        """Embed what the versions lack, namespace by namespace, those first that students search.

        Raises:
            PrashnaError: some of it could not be embedded; why is noted with its namespace, the rest is done.
        """
        failed: PrashnaError | None = None
        # A connection for as long as the job: there are as many as the worker has jobs at once, none in a transaction.
        async with content.open_desk(self._dsn) as desk:
            spaces = await catalog.live_namespaces(desk, domain)
            for space in spaces:
                try:
                    async with _noting(desk, space):
                        await self._fill(desk, space, version_ids)
                except PrashnaError as error:
                    failed = failed or error
                if space is spaces[0]:
                    # Whatever becomes of the others: students search this one.
                    await _let_go_live(desk, space, version_ids, mended=failed is None)
        if failed:
            raise failed

    async def _fill(self, desk: Connection, space: Namespace, version_ids: Sequence[UUID]) -> None:
        filled = False
        while waiting := await embeddings.missing(desk, space, version_ids, embeddings.JOB_CHUNKS):
            calls = CallLog()
            try:
                vectors = await self._embedders.of(space.model).embed([one.text for one in waiting], calls)
            finally:
                await llm_calls.save(desk, [astuple(call) for call in calls.calls], task_id=None, attempt=0)
            await embeddings.save(desk, space, [one.chunk_id for one in waiting], vectors)
            filled = True
        if filled:
            await embeddings.note_trouble(desk, space, None)


@asynccontextmanager
async def _noting(desk: Connection, space: Namespace) -> AsyncIterator[None]:
    """Why it fails is kept with the namespace: whoever waits, or asks how things stand, reads it there."""
    try:
        yield
    except PrashnaError as error:
        await embeddings.note_trouble(desk, space, str(error))
        raise
    except ConnectionLost:
        raise
    except Exception as error:
        reason = f"its job failed ({type(error).__name__}): see the bulk worker's log"
        await embeddings.note_trouble(desk, space, reason)
        raise


async def _let_go_live(desk: Connection, serving: Namespace, version_ids: Sequence[UUID], *, mended: bool) -> None:
    domain = serving.domain
    async with _noting(desk, serving):
        documents = await going_live.waiting_documents(desk, domain, version_ids)
        if not documents:
            return
        async with content.changing(desk, domain):
            gone = await going_live.go_live(desk, domain, documents)
        log.info("versions.live", domain=domain, versions=len(gone.version_ids))
        if mended and gone.version_ids:
            # Also where nothing was left to embed: what an earlier try failed by is over.
            await embeddings.note_trouble(desk, serving, None)
        if gone.settled and gone.version_ids:
            await content.analyze(desk, domain)
