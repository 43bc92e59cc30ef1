"""The worker processes: procrastinate runs the jobs, beside it run chores and, for chat, stream writer and leases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from app.db import bulk, cache, embeddings, engine, gate, namespaces, rescue, stream, withheld
from app.jobs.answering import Answering
from app.jobs.embedding import Embedding
from app.jobs.leases import Leases
from app.jobs.queues import Queue, make_app
from app.jobs.stream_writer import StreamWriter
from app.jobs.tasks import ANSWERING, EMBEDDING
from app.resources import Resources, beside, open_embedders, open_resources, open_turn
from app.retrieval.embedder import Embedders
from app.settings import Settings
from app.telemetry import get_logger

BULK_CONCURRENCY = 2
# Notifications wake a worker; the poll is the net for those that come while its listener's connection is lost.
POLL_SECONDS = 0.25
HEARTBEAT_SECONDS = 3.0
STALLED_SECONDS = rescue.STALE_WORKER.total_seconds()
# Deployment tools wait 30 s or more after SIGTERM; answers get most of it.
GRACE_SECONDS = 20.0
SWEEP_SECONDS = 3.0
CLEAN_SECONDS = 60.0

Chore = Callable[[engine.Pool], Awaitable[object]]
Chores = Sequence[tuple[Chore, float]]

log = get_logger(__name__)


async def run(settings: Settings, dsn: str, queue: Queue, *, until_idle: bool = False) -> None:
    """Work until SIGTERM or SIGINT, then finish what runs within the grace and give the rest back.

    `until_idle` ends as soon as the queue is empty and takes no signals: for a command that answers its own question.
    """
    if queue == "bulk":
        async with open_embedders(settings, dsn) as (_, embedders):
            await run_bulk(dsn, embedders, until_idle=until_idle)
        return
    async with (
        open_resources(settings, dsn, application=f"{queue}-worker") as resources,
        _answering(resources) as answering,
    ):
        await _work(dsn, queue, {ANSWERING: answering}, settings.chat.worker_concurrency, until_idle=until_idle)


async def run_bulk(dsn: str, embedders: Embedders, *, until_idle: bool = False, signals: bool = True) -> None:
    """The bulk worker with embedders of the caller's, for a command that embeds in its own process.

    Without `signals` it works until it is cancelled.
    """
    async with engine.open_pool(dsn, application="bulk-worker", size=1) as pool:
        embedding = Embedding(dsn, embedders)
        async with beside(_keep_house(pool, _bulk_chores(embedding))):
            await _work(dsn, "bulk", {EMBEDDING: embedding}, BULK_CONCURRENCY, until_idle=until_idle, signals=signals)


async def _work(
    dsn: str, queue: Queue, context: dict[str, Any], concurrency: int, *, until_idle: bool, signals: bool = True
) -> None:
    # A chat job is only a wake-up: lease, attempt and answer stand durably on the task's row.
    async with make_app(queue, dsn, durable=queue != "chat").open_async() as app:
        log.info("worker.started", queue=queue, concurrency=concurrency)
        await app.run_worker_async(
            queues=[queue],
            name=f"{queue}-worker",
            concurrency=concurrency,
            wait=not until_idle,
            fetch_job_polling_interval=POLL_SECONDS,
            shutdown_graceful_timeout=GRACE_SECONDS,
            listen_notify=not until_idle,
            # One by one they cost 58 us and 280 bytes of WAL; kept and deleted by the thousand, 127 us and 900 bytes.
            delete_jobs="successful",
            additional_context=context,
            install_signal_handlers=signals and not until_idle,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=STALLED_SECONDS,
        )


@asynccontextmanager
async def _answering(resources: Resources) -> AsyncIterator[Answering]:
    async with engine.open_pool(resources.dsn, application="leases", size=1) as pool:
        leases = Leases(pool)
        writer = StreamWriter(resources.dsn, fenced=leases.fenced)
        async with open_turn(resources) as turn, beside(writer.run(), leases.run(), _keep_house(resources.pool)):
            yield Answering(resources, turn, writer, leases)
            await asyncio.wait_for(writer.drain(), timeout=5)


async def _keep_house(pool: engine.Pool, chores: Chores | None = None) -> None:
    """Every chore at its own times, for ever. Every worker of its queue tries, one does it."""
    await asyncio.gather(*(_again_and_again(chore, seconds, pool) for chore, seconds in chores or CHORES))


async def _again_and_again(chore: Chore, seconds: float, pool: engine.Pool) -> None:
    """One that fails is tried again at its next time, whatever the reason: answers do not depend on it."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await chore(pool)
        except (engine.DatabaseError, TimeoutError, *engine.ConnectionLost) as error:
            log.warning("chore.failed", chore=chore.__name__, error=type(error).__name__)
        except Exception:
            log.exception("chore.failed", chore=chore.__name__)


async def _rescue(pool: engine.Pool) -> None:
    swept = await rescue.sweep(pool)
    if swept.requeued or swept.failed:
        log.warning("tasks.rescued", requeued=len(swept.requeued), failed=len(swept.failed))


def _bulk_chores(embedding: Embedding) -> Chores:
    async def give_back(pool: engine.Pool) -> None:
        jobs = await bulk.give_back(pool, worker_id=embedding.worker_id, running=tuple(embedding.running))
        if jobs:
            log.warning("jobs.given_back", jobs=jobs)

    return ((give_back, SWEEP_SECONDS), *BULK_CHORES)


async def _defer_lost(pool: engine.Pool) -> None:
    await bulk.drop_failed(pool)
    if jobs := await bulk.defer_lost(pool):
        log.warning("jobs.deferred_again", jobs=jobs)


# Lost tasks are rescued every few seconds, what is old is removed every minute.
CHORES: Chores = (
    (_rescue, SWEEP_SECONDS),
    (stream.clean, CLEAN_SECONDS),
    (cache.drop_expired, CLEAN_SECONDS),
    (withheld.drop_old, CLEAN_SECONDS),
    (gate.drop_old_keys, CLEAN_SECONDS),
    (namespaces.note_use, CLEAN_SECONDS),
)
BULK_CHORES: Chores = (
    (_defer_lost, CLEAN_SECONDS),
    (embeddings.drop_old, CLEAN_SECONDS),
    (namespaces.drop_due, CLEAN_SECONDS),
)
