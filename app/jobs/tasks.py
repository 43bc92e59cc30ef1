"""The jobs there are. Importing this opens nothing; what a job works with comes in the worker's context."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from procrastinate import BaseRetryStrategy, Blueprint, JobContext, RetryDecision
from procrastinate.jobs import Job

from app.db.engine import ConnectionLost, DatabaseError
from app.db.rescue import MAX_RUNS
from app.errors import PrashnaError

# The keywords under which a chat worker hands its Answering, and a bulk worker its Embedding, to the job.
ANSWERING = "answering"
EMBEDDING = "embedding"
# The longest wait before the second try, half of it at least; twice that before the third.
RETRY_SECONDS, MOST_RETRY_SECONDS = 2.0, 8.0
# A provider that refuses for hours is asked again every five minutes at least.
LONGEST_RETRY_SECONDS = 300.0
# A lost database is not the task's fault; but some of our own mistakes look the same, and must come to an end.
MAX_LOSSES = 10


class Retry(BaseRetryStrategy):
    """A job that ends because its worker goes down runs again at once; one that failed, a little later, each at its own
    time, so that what failed together does not come back together. After the last try the sweep fails its task.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When the job runs again; None when it does not."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision()
        if job.attempts + 1 >= (MAX_LOSSES if isinstance(exception, ConnectionLost) else MAX_RUNS):
            return None
        longest = min(RETRY_SECONDS * 2**job.attempts, MOST_RETRY_SECONDS)
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=random.uniform(longest / 2, longest)))


class PatientRetry(BaseRetryStrategy):
    """Content waits for as long as a provider or the database is away; whatever else goes wrong does so again."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When the job runs again; None when it does not."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision()
        if not isinstance(exception, (PrashnaError, DatabaseError, *ConnectionLost)) and job.attempts + 1 >= MAX_RUNS:
            return None
        longest = min(RETRY_SECONDS * 2 ** min(job.attempts, 10), LONGEST_RETRY_SECONDS)
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=random.uniform(longest / 2, longest)))


def blueprints() -> dict[str, Blueprint]:
    """Every blueprint by its namespace. Made anew each time: an app takes its blueprints over for good."""
    return {"chat": _chat(), "bulk": _bulk()}


def _chat() -> Blueprint:
    blueprint = Blueprint()

    @blueprint.task(name="answer", queue="chat", pass_context=True, retry=Retry())
    async def answer(context: JobContext, task_id: str) -> None:
        """Answer one accepted question. Running it twice answers once: the task row says who may."""
        answering: Any = context.additional_context[ANSWERING]
        await answering.answer(UUID(task_id))

    return blueprint


def _bulk() -> Blueprint:
    blueprint = Blueprint()

    @blueprint.task(name="embed", queue="bulk", pass_context=True, retry=PatientRetry())
    async def embed(context: JobContext, domain: str, versions: list[str]) -> None:
        """Embed what these versions lack. Running it twice embeds once."""
        embedding: Any = context.additional_context[EMBEDDING]
        job = context.job
        embedding.worker_id = job.worker_id
        embedding.running.add(job.id)
        try:
            await embedding.embed(domain, [UUID(version) for version in versions])
        finally:
            embedding.running.discard(job.id)

    return blueprint
