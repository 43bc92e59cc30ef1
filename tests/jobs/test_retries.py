"""When a job that failed runs again."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from procrastinate.jobs import Job

from app.db.rescue import MAX_RUNS
from app.jobs.tasks import MAX_LOSSES, MOST_RETRY_SECONDS, RETRY_SECONDS, Retry


def _job(attempts: int) -> Job:
    return Job(id=1, queue="chat", lock=None, queueing_lock=None, task_name="chat:answer", attempts=attempts)


def _wait(attempts: int) -> float:
    """Seconds until the next run of a job that fails now."""
    now = datetime.now(UTC)
    decision = Retry().get_retry_decision(exception=RuntimeError(), job=_job(attempts))
    assert decision is not None
    assert decision.retry_at is not None
    return (decision.retry_at - now).total_seconds()


@pytest.mark.parametrize("attempts", range(MAX_RUNS - 1))
def test_jobs_that_fail_together_do_not_come_back_together(attempts: int) -> None:
    longest = RETRY_SECONDS * 2**attempts
    waits = [_wait(attempts) for _ in range(1_000)]
    assert longest / 2 <= min(waits)
    twentieths = Counter(int(20 * wait / longest) for wait in waits)
    assert max(twentieths.values()) < 200


def test_after_the_last_run_a_job_is_not_tried_again() -> None:
    assert Retry().get_retry_decision(exception=RuntimeError(), job=_job(MAX_RUNS - 1)) is None


def test_a_job_that_lost_the_database_is_tried_more_often_and_not_for_ever() -> None:
    lost = OSError("no connection")
    decisions = [Retry().get_retry_decision(exception=lost, job=_job(number)) for number in range(MAX_LOSSES)]
    assert [decision is not None for decision in decisions] == [True] * (MAX_LOSSES - 1) + [False]
    latest = datetime.now(UTC) + timedelta(seconds=MOST_RETRY_SECONDS)
    assert all(decision.retry_at <= latest for decision in decisions if decision and decision.retry_at)


def test_a_job_whose_worker_goes_down_runs_again_at_once() -> None:
    decision = Retry().get_retry_decision(exception=asyncio.CancelledError(), job=_job(MAX_RUNS))
    assert decision is not None
    assert decision.retry_at is None
