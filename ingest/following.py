"""Waits until what a revision brought is embedded and live, with a bar; embeds here where no bulk worker is alive."""

import asyncio
import contextlib
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.db import bulk, catalog, embeddings, going_live
from app.db.catalog import Namespace
from app.db.engine import Connection
from app.jobs import worker
from ingest.report import Report
from ingest.survey import Models

# The progress is counted in the database: seldom enough that counting costs a few hundredths of the work.
_POLL_SECONDS = 0.1
_COUNTING_SHARE = 20
_LOOK_SECONDS = 2.0
# Without a step forward for so long after a failure, whoever waits is told and let go; the queue goes on trying.
PATIENCE_SECONDS = 15.0
_GIVEN_UP = (
    "the job that was to embed it has failed for good, and the bulk worker's log says why; the next apply, publish or "
    "undo tries again"
)


@dataclass(slots=True)
class _State:
    """How many chunks are not embedded yet, whether anything is not live yet, why it goes no further."""

    left: int
    waits: bool
    trouble: str


async def check_embedder(desk: Connection, space: Namespace, models: Models) -> None:
    """Before anything is written: can what is written be embedded?

    Raises:
        ConfigurationError: no bulk worker is alive, and this process has no embedder for the domain's model.
    """
    if not await bulk.live_workers(desk):
        models.embedders.of(space.model)


@dataclass(frozen=True, slots=True)
class Awaited:
    """What is waited for: all that these revisions brought, embedded and live, and the embeddings of these versions."""

    domain: str
    revisions: Collection[int] = ()
    version_ids: Sequence[UUID] = ()


async def anything_left(desk: Connection, awaited: Awaited) -> bool:
    """Whether something of it is not embedded, or waits to become live."""
    state = await _look(desk, awaited)
    return state.waits or state.left > 0


async def follow(dsn: str, desk: Connection, awaited: Awaited, models: Models, report: Report) -> str:
    """Wait until all of it is there; "" then, else why it is not. The queue goes on anyhow, where there is a job."""
    # Somebody may have seen to what made a job fail; the next try of one may be minutes away.
    await bulk.hurry(desk, awaited.domain, awaited.revisions, awaited.version_ids)
    await bulk.drop_failed(desk, awaited.domain, after=timedelta())
    await bulk.defer_lost(desk, awaited.domain)
    left = (await _look(desk, awaited)).left
    if left:
        report.start(left)
    working: asyncio.Task[None] | None = None
    looked = moved = tended = 0.0
    try:
        while True:
            began = time.monotonic()
            if began - looked >= _LOOK_SECONDS:
                looked = began
                if working is not None and working.done():
                    working.result()
                await bulk.give_back(desk)
                if (working is None or working.done()) and not await bulk.live_workers(desk):
                    working = asyncio.create_task(worker.run_bulk(dsn, models.embedders, signals=False))
                if await bulk.is_tended(desk, awaited.domain, awaited.revisions, awaited.version_ids):
                    tended = began
            state = await _look(desk, awaited)
            if state.left < left or not moved:
                moved = time.monotonic()
            report.advance(left - state.left)
            left = state.left
            if not left and not state.waits:
                return ""
            still = time.monotonic() - moved
            if still > PATIENCE_SECONDS and (state.trouble or time.monotonic() - tended > PATIENCE_SECONDS):
                return state.trouble or _GIVEN_UP
            await asyncio.sleep(max(_POLL_SECONDS, (time.monotonic() - began) * _COUNTING_SHARE))
    finally:
        report.stop()
        await _end(working)


async def _look(desk: Connection, awaited: Awaited) -> _State:
    state = _State(0, await going_live.waits(desk, awaited.domain, awaited.revisions), "")
    for space in await catalog.live_namespaces(desk, awaited.domain, going_live.SERVING):
        state.left += await embeddings.left(desk, space, list(awaited.revisions))
        if awaited.version_ids:
            progress = await embeddings.progress(desk, space, awaited.version_ids)
            state.left += progress.total - progress.done
        state.trouble = state.trouble or await embeddings.trouble(desk, space) or ""
    return state


async def _end(working: asyncio.Task[None] | None) -> None:
    if working is None:
        return
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
