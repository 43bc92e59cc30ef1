"""A notification that comes while a worker's fetch finds nothing still wakes it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import pytest
from procrastinate.manager import JobManager
from procrastinate.worker import Worker

from app.db import engine
from app.jobs.queues import make_app
from app.jobs.tasks import ANSWERING

# No poll comes within a test.
POLL_SECONDS = 300.0


class _Noted:
    """Stands where the worker's Answering stands."""

    def __init__(self) -> None:
        self.begun: dict[UUID, asyncio.Event] = defaultdict(asyncio.Event)

    async def answer(self, task_id: UUID) -> None:
        self.begun[task_id].set()

    async def has(self, task_id: UUID) -> None:
        """Wait until this task has begun."""
        await self.begun[task_id].wait()


async def _work(dsn: str, noted: _Noted) -> None:
    async with make_app("chat", dsn).open_async() as app:
        await app.run_worker_async(
            queues=["chat"],
            fetch_job_polling_interval=POLL_SECONDS,
            additional_context={ANSWERING: noted},
            install_signal_handlers=False,
        )


async def test_a_job_inserted_during_an_empty_fetch_is_run_without_a_poll(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch, handle, noted = JobManager.fetch_job, Worker._handle_notification, _Noted()
    first, during = uuid4(), uuid4()
    held: list[int] = []
    told: dict[int, asyncio.Event] = defaultdict(asyncio.Event)

    async def handle_and_tell(self: Worker, *, channel: str, notification: Any) -> None:
        await handle(self, channel=channel, notification=notification)
        told[notification.get("job_id")].set()

    async def fetch_slowly(self: JobManager, queues: Iterable[str] | None, worker_id: int) -> Any:
        job = await fetch(self, queues, worker_id)
        if job is None and noted.begun[first].is_set() and not held:
            held.append(worker_id)
            inserted = await connection.fetchval("SELECT chat.defer_answer($1)", during)
            async with asyncio.timeout(20):
                await told[inserted].wait()
        return job

    connection = await engine.connect(database, application="tests")
    monkeypatch.setattr(JobManager, "fetch_job", fetch_slowly)
    monkeypatch.setattr(Worker, "_handle_notification", handle_and_tell)
    working = asyncio.create_task(_work(database, noted))
    try:
        await _until_listening(connection)
        await connection.execute("SELECT chat.defer_answer($1)", first)
        async with asyncio.timeout(20):
            await noted.has(during)
    finally:
        working.cancel()
        await asyncio.wait([working])
        await connection.close()
    assert held


async def _until_listening(connection: engine.Connection) -> None:
    """A worker's LISTEN is the last statement of an idle connection of its queue."""
    listening = """SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                                  AND application_name = 'prashna-queue-chat' AND query ILIKE 'LISTEN%')"""
    async with asyncio.timeout(20):
        while not await connection.fetchval(listening):
            await asyncio.sleep(0.05)
