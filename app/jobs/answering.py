"""Answers accepted questions. No database session is held while a model talks."""

import asyncio
from dataclasses import astuple
from uuid import UUID

from app.agents.ask import Ask
from app.agents.events import Finished
from app.agents.exchange import Exchange
from app.agents.turn import ChatTurn
from app.db import engine, llm_calls, sessions, tasks
from app.db.tasks import RunningTask
from app.errors import AttemptFenced
from app.jobs.leases import Leases, Running
from app.jobs.persistence import persistently
from app.jobs.run import Run
from app.jobs.stream_writer import StreamWriter
from app.resources import Resources
from app.retrieval.calls import CallLog
from app.telemetry import get_logger

log = get_logger(__name__)


class Answering:
    """What a chat worker answers with; one for the process, any number of tasks at once."""

    def __init__(self, resources: Resources, turn: ChatTurn, writer: StreamWriter, leases: Leases) -> None:
        self._resources = resources
        self._turn = turn
        self._writer = writer
        self._leases = leases

    async def answer(self, task_id: UUID) -> None:
        """Answer this task as a new attempt; does nothing when it has ended or is another's.

        On failure, or when this worker goes down, the task is given back first, so that a new run can begin at once.
        """
        task = await persistently(lambda: tasks.start(self._resources.pool, task_id))
        if task is None:
            return
        # Before anything that may have to wait: from here on its lease is kept.
        running = Running(task.id, task.attempt, stopped=task.stop_requested)
        self._leases.add(running)
        calls = CallLog(task.id)
        try:
            await self._conclude(task, running, calls)
        except AttemptFenced:
            log.info("task.fenced", task=str(task.id), attempt=running.attempt)
        except BaseException:
            # Also when it was the database that went: the task is not to blame, and need not wait for its lease to end.
            await persistently(lambda: tasks.release(self._resources.pool, task.id, attempt=running.attempt))
            raise
        finally:
            self._leases.remove(running)
            await self._save_calls(task.id, running.attempt, calls)

    async def _ask(self, task: RunningTask, calls: CallLog) -> Ask:
        pool = self._resources.pool
        # What others may be told owes nothing to this session.
        exchanges = (
            [] if task.alone else await sessions.window(pool, session_id=task.session_id, before=task.accepted_at)
        )
        return Ask(
            task_id=task.id,
            question=task.question,
            normalised=task.normalised,
            fact_keys=task.fact_keys,
            language=task.language,
            history=tuple(Exchange(exchange.question, exchange.answer) for exchange in exchanges),
            accepted_at=task.accepted_at,
            log=calls,
        )

    async def _conclude(self, task: RunningTask, running: Running, calls: CallLog) -> None:
        run = Run(self._resources, self._turn, self._writer, task, await self._ask(task, calls))
        talking = asyncio.create_task(run.talk(running))
        running.interrupt = talking.cancel
        if running.stopped or running.fenced:
            talking.cancel()
        try:
            await asyncio.wait([talking])
            if running.fenced:
                raise AttemptFenced
            finished: Finished = run.stopped() if running.stopped and talking.cancelled() else talking.result()
            await run.finish(finished)
            log.info("task.answered", task=str(task.id), attempt=run.attempt.number, tier=finished.answer.tier)
        finally:
            talking.cancel()
            # Not before its calls are in the log, and nothing more can come from it.
            await asyncio.wait([talking])

    async def _save_calls(self, task_id: UUID, attempt: int, calls: CallLog) -> None:
        rows = [astuple(call) for call in calls.calls]
        try:
            await persistently(lambda: llm_calls.save(self._resources.pool, rows, task_id=task_id, attempt=attempt))
        except engine.ConnectionLost as error:
            # The answer stands; what it cost is then missing from the books, and the log says so.
            log.error("calls.lost", task=str(task_id), calls=len(rows), error=type(error).__name__)
