"""The jobs there are. Importing this opens nothing; what a job works with comes in the worker's context."""

import asyncio
from typing import Any
from uuid import UUID

from procrastinate import BaseRetryStrategy, Blueprint, JobContext, RetryDecision
from procrastinate.jobs import Job

# The keyword under which a chat worker hands its Answering to the job.
ANSWERING = "answering"


class RetryWhenShutDown(BaseRetryStrategy):
    """A job that ends because its worker goes down runs again at once; how other failures go on, the sweep decides."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:  # noqa: ARG002
        """Retry a cancelled job, nothing else."""
        return RetryDecision() if isinstance(exception, asyncio.CancelledError) else None


def blueprints() -> dict[str, Blueprint]:
    """Every blueprint by its namespace. Made anew each time: an app takes its blueprints over for good."""
    return {"chat": _chat()}


def _chat() -> Blueprint:
    blueprint = Blueprint()

    @blueprint.task(name="answer", queue="chat", pass_context=True, retry=RetryWhenShutDown())
    async def answer(context: JobContext, task_id: str) -> None:
        """Answer one accepted question. Running it twice answers once: the task row says who may."""
        answering: Any = context.additional_context[ANSWERING]
        await answering.answer(UUID(task_id))

    return blueprint
