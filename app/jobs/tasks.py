"""The jobs there are. Importing this opens nothing; what a job works with comes in the worker's context."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from procrastinate import BaseRetryStrategy, Blueprint, JobContext, RetryDecision
from procrastinate.jobs import Job

from app.db.engine import ConnectionLost
from app.db.rescue import MAX_RUNS

# The keyword under which a chat worker hands its Answering to the job.
ANSWERING = "answering"
# The longest wait before the second try, half of it at least; twice that before the third.
RETRY_SECONDS, MOST_RETRY_SECONDS = 2.0, 8.0
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


def blueprints() -> dict[str, Blueprint]:
    """Every blueprint by its namespace. Made anew each time: an app takes its blueprints over for good."""
    return {"chat": _chat()}


def _chat() -> Blueprint:
    blueprint = Blueprint()

    @blueprint.task(name="answer", queue="chat", pass_context=True, retry=Retry())
    async def answer(context: JobContext, task_id: str) -> None:
        """Answer one accepted question. Running it twice answers once: the task row says who may."""
        answering: Any = context.additional_context[ANSWERING]
        await answering.answer(UUID(task_id))

    return blueprint
