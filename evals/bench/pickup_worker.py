"""A chat worker whose answers are empty: procrastinate, its queue and its options as in app.jobs.worker."""

import asyncio
import time
from uuid import UUID

import uvloop

from app.jobs import worker
from app.jobs.queues import make_app
from app.jobs.tasks import ANSWERING
from evals.bench.child import answer, messages

CONCURRENCY = 128


class NoAnswering:
    """Stands where the worker's Answering stands, and only notes when a job's body began."""

    def __init__(self) -> None:
        self.began: dict[str, float] = {}

    async def answer(self, task_id: UUID) -> None:
        """The whole job."""
        self.began[str(task_id)] = time.monotonic()


async def main() -> None:
    """`{"dsn"}` first, then every message is answered with the jobs begun since the last one."""
    noted = NoAnswering()
    working: asyncio.Task[None] | None = None
    async for message in messages():
        if working is None:
            working = asyncio.create_task(_work(message["dsn"], noted))
        answer({"began": noted.began})
        noted.began = {}
    if working:
        working.cancel()
        await asyncio.wait([working])


async def _work(dsn: str, noted: NoAnswering) -> None:
    async with make_app("chat", dsn, durable=False).open_async() as app:
        await app.run_worker_async(
            queues=["chat"],
            name="chat-worker",
            concurrency=CONCURRENCY,
            fetch_job_polling_interval=worker.POLL_SECONDS,
            delete_jobs="successful",
            additional_context={ANSWERING: noted},
            install_signal_handlers=False,
            update_heartbeat_interval=worker.HEARTBEAT_SECONDS,
            stalled_worker_timeout=worker.STALLED_SECONDS,
        )


if __name__ == "__main__":
    uvloop.run(main())
