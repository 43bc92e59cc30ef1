"""Q5: a chat worker is told to go in the middle of fifty answers, as in each deployment."""

import signal
import time
from collections import Counter
from uuid import UUID

from support.stack import Service

from faults.field import Field, until
from faults.invariants import answer_calls
from faults.ledger import Asked
from faults.workers import put_to_sleep, two_workers

_TASKS = 50
# Tokens a second: an answer of some fifty tokens ends within the grace of twenty seconds, or does not.
_IN_TIME, _TOO_SLOW = 10.0, 1.0
_BEGUN_SECONDS = 45.0
_LEFT_SECONDS = 25.0


async def drained(field: Field) -> None:
    """Q5: SIGTERM; what can be finished in time is, the rest goes back and is answered by another worker, once."""
    field.outcome.rounds = 1 if field.short else 3
    for number in range(1, field.outcome.rounds + 1):
        leaving, staying = await two_workers(field)
        asked = await _under_way(field, staying)
        running = await _count(field, asked, "status = 'running' AND attempt = 1")
        began = time.monotonic()
        leaving.send(signal.SIGTERM)
        # For those who come back; what is being written goes on at its pace.
        field.provider.tokens_per_second = 0
        code = await leaving.ended()
        seconds = time.monotonic() - began
        field.stack.workers.remove(leaving)
        await until(lambda asked=asked: all(one.ended or one.given_up for one in asked), 60)
        field.outcome.fault(
            f"round {number}: a worker with {_TASKS} running tasks gets SIGTERM",
            seen=running == _TASKS and code == 0,
            evidence=f"{running} running, exit code {code}",
        )
        worst = max(field.outcome.measured.get("left_worst_s", 0.0), seconds)
        field.outcome.at_most("left_worst_s", worst, _LEFT_SECONDS)
        await _check_once(field, f"round {number}", asked, leaving, staying)


async def _under_way(field: Field, staying: Service) -> list[Asked]:
    """Fifty questions, all begun by the worker that does not stay; half of them can be finished in time."""
    first, begun = len(field.ledger.asked), len(answer_calls(field.provider.asked("chat")))
    await put_to_sleep(staying)
    for number, speed in enumerate((_IN_TIME, _TOO_SLOW), start=1):
        field.provider.tokens_per_second = speed
        for _ in range(_TASKS // 2):
            field.ask()
        # A call keeps the pace that it began with.
        expected = begun + number * _TASKS // 2
        await until(lambda: len(answer_calls(field.provider.asked("chat"))) >= expected, _BEGUN_SECONDS)  # noqa: B023
    staying.send(signal.SIGCONT)
    return field.ledger.asked[first:]


async def _check_once(field: Field, when: str, asked: list[Asked], leaving: Service, staying: Service) -> None:
    answered = Counter[UUID]()
    for worker in (leaving, staying):
        lines = [line for line in worker.said().splitlines() if "task.answered" in line]
        answered.update(one.task for one in asked for line in lines if str(one.task) in line)
    finished = await _count(field, asked, "status = 'done' AND attempt = 1")
    given_back = await _count(field, asked, "status = 'done' AND attempt = 2")
    restarted = sum(any(event.name == "restart" for event in one.events) for one in asked)
    detail = f"{finished} finished, {given_back} given back, {restarted} restarted for their readers"
    held = finished > 0 and given_back > 0 and finished + given_back == _TASKS and restarted == given_back
    field.outcome.check(f"{when}: each is finished or given back", held, detail)
    once = set(answered.values()) == {1} and len(answered) == _TASKS
    field.outcome.check(f"{when}: each is answered once", once, f"{len(answered)} by {answered.total()} runs")
    left = await field.pool.fetchval(
        "SELECT count(*) FROM queue_chat.procrastinate_jobs WHERE status IN ('aborted', 'failed')"
    )
    field.outcome.check(f"{when}: no job ended otherwise", left == 0, f"{left}")
    for name, figure in (("finished", finished), ("given_back", given_back)):
        field.outcome.measure(name, field.outcome.measured.get(name, 0) + figure)


async def _count(field: Field, asked: list[Asked], condition: str) -> int:
    count: int = await field.pool.fetchval(
        f"SELECT count(*) FROM chat.tasks WHERE id = ANY ($1::uuid[]) AND {condition}", [one.task for one in asked]
    )
    return count
