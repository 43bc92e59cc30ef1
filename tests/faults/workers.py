"""C1 and C2: chat workers that are killed, or asleep for longer than their lease, in the middle of answers."""

import asyncio
import signal
import statistics
import time
from pathlib import Path

from support.stack import Service

from faults.field import Field, until
from faults.ledger import Asked

# Some five seconds from the first word to the last.
_SLOWLY = 12.0
_STREAMS = 8
_FIRST_WORDS_SECONDS = 45.0
BAR_SECONDS, GOAL_SECONDS = 15.0, 5.0
# What a worker has begun to fetch when it is put to sleep, it still gets; after so long that is over.
_ASLEEP_SECONDS = 0.5


async def killed(field: Field) -> None:
    """C1: SIGKILL to the worker that writes eight answers, another one living."""
    gaps: list[float] = []
    field.outcome.rounds = 3 if field.short else 20
    for number in range(1, field.outcome.rounds + 1):
        writer, other = await two_workers(field)
        answers = await _under_way(field, other)
        await asyncio.sleep(field.rng.uniform(0, 1))
        told = [one for one in answers if one.talking]
        dead = time.monotonic()
        async with field.ledger.window():
            await writer.kill()
        field.stack.workers.remove(writer)
        # As its supervisor does, at once.
        starting = asyncio.create_task(field.stack.start_worker())
        again = [await _again(one, dead) for one in told]
        field.provider.tokens_per_second = 0
        gaps += [seconds for seconds in again if seconds is not None]
        await starting
        await until(lambda answers=answers: all(one.ended or one.given_up for one in answers), 60)
        code = writer.process.returncode
        taken_up = sum(seconds is not None for seconds in again)
        evidence = f"exit code {code}, {len(told)} streams mid-answer, {taken_up} of them restarted"
        field.outcome.fault(
            f"round {number}: a worker is killed mid-stream", seen=code == -9 and taken_up > 0, evidence=evidence
        )
        field.outcome.check(f"round {number}: all that were cut off run again", taken_up == len(told), evidence)
    _running_again(field, gaps)


async def asleep(field: Field) -> None:
    """C2: SIGSTOP for longer than the lease, SIGCONT when another worker has answered."""
    seconds = 15.0 if field.short else 40.0
    field.outcome.rounds = 1
    writer, other = await two_workers(field)
    answers = await _under_way(field, other)
    told = [one for one in answers if one.talking]
    stopped = time.monotonic()
    async with field.ledger.window():
        writer.send(signal.SIGSTOP)
        state = await until(lambda: _state(writer) == "T", 2)
        again = [await _again(one, stopped) for one in told]
        field.provider.tokens_per_second = 0
        before = await _chunks_of_first_attempts(field, told)
        await asyncio.sleep(max(0.0, stopped + seconds - time.monotonic()))
        writer.send(signal.SIGCONT)
    noticed = await until(lambda: "task.fenced" in writer.said(), 15)
    await asyncio.sleep(1)
    after = await _chunks_of_first_attempts(field, told)
    taken_up = sum(gap is not None for gap in again)
    field.outcome.fault(
        "a worker sleeps beyond its lease and wakes up with answers to write",
        seen=state is not None and taken_up > 0 and noticed is not None,
        evidence=f"state T, {len(told)} streams mid-answer, {taken_up} restarted elsewhere, task.fenced in its log",
    )
    field.outcome.check("no chunk of an old attempt was accepted", before == after, f"{before} before, {after} after")
    _running_again(field, [gap for gap in again if gap is not None])


def _running_again(field: Field, gaps: list[float]) -> None:
    field.outcome.measure("running_again_median_s", statistics.median(gaps) if gaps else float("nan"))
    field.outcome.at_most(
        "running_again_worst_s", max(gaps, default=float("inf")), BAR_SECONDS, goal=GOAL_SECONDS
    )  # fmt: skip


async def two_workers(field: Field) -> tuple[Service, Service]:
    """Two living workers, in random order."""
    while len(field.stack.workers) < 2:
        await field.stack.start_worker()
    one, other = field.rng.sample(field.stack.workers, 2)
    return one, other


async def put_to_sleep(worker: Service) -> None:
    """From now on it takes no job."""
    worker.send(signal.SIGSTOP)
    await asyncio.sleep(_ASLEEP_SECONDS)


async def _under_way(field: Field, other: Service) -> list[Asked]:
    """Questions whose readers see words already, all written by the worker that is not `other`."""
    field.provider.tokens_per_second = _SLOWLY
    await put_to_sleep(other)
    first = len(field.ledger.asked)
    for _ in range(_STREAMS):
        field.ask()
    await until(lambda: len(field.ledger.asked) == first + _STREAMS, 10)
    answers = field.ledger.asked[first:]
    await until(lambda: sum(one.talking for one in answers) >= _STREAMS // 2, _FIRST_WORDS_SECONDS)
    other.send(signal.SIGCONT)
    return answers


async def _again(asked: Asked, moment: float) -> float | None:
    """Seconds until its reader saw the next attempt begin."""
    await until(lambda: asked.first_after(moment, "restart") or asked.ended or asked.given_up, 40)
    return asked.first_after(moment, "restart")


async def _chunks_of_first_attempts(field: Field, answers: list[Asked]) -> int:
    count: int = await field.pool.fetchval(
        "SELECT count(*) FROM chat.stream_chunks WHERE attempt = 1 AND task_id = ANY ($1::uuid[])",
        [one.task for one in answers],
    )
    return count


def _state(service: Service) -> str:
    """The kernel's letter for what a process does."""
    return Path(f"/proc/{service.process.pid}/stat").read_text().rpartition(")")[2].split()[0]
