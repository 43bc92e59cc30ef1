"""What one process holds open and what the queue holds, noted once a second, since a scrape reaches one process."""

import asyncio

from app.api.dependencies import Parts
from app.api.metrics import POOL, QUEUE, QUEUE_OLDEST, STREAMS, WORKERS

_EVERY_SECONDS = 1.0


async def keep(parts: Parts) -> None:
    """Note it for ever."""
    while True:
        note(parts)
        await asyncio.sleep(_EVERY_SECONDS)


def note(parts: Parts) -> None:
    """Note it now. Nothing here asks the database: the queue is as admission has measured it last."""
    STREAMS.set(parts.hub.open_streams)
    for name, pool in (("main", parts.resources.pool), ("stream", parts.stream_pool)):
        idle = pool.get_idle_size()
        POOL.labels(name, "idle").set(idle)
        POOL.labels(name, "used").set(pool.get_size() - idle)
    backlog = parts.admission.backlog
    QUEUE.labels("queued").set(backlog.queued)
    QUEUE.labels("running").set(backlog.running)
    QUEUE_OLDEST.set(backlog.oldest)
    WORKERS.set(backlog.workers)
