"""A worker that dies or hangs in the middle of an answer: another one writes it again, and nobody sees two answers."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from support.event_reader import Event, check_whole, events, text_of
from support.stack import Service, Stack, task_id, until

QUESTION = "What is the minimum age to be elected President?"
# About five seconds from the first word to the last.
SLOWLY = 20.0


@dataclass
class Answering:
    """A question under way: who writes it, who waits for it, who could take over."""

    stack: Stack
    student: httpx.AsyncClient
    task: UUID
    writer: Service
    other: Service
    following: "asyncio.Task[list[Event]]"

    async def column(self, name: str) -> object:
        return await self.stack.pool.fetchval(f"SELECT {name} FROM chat.tasks WHERE id = $1", self.task)

    async def shown(self, attempt: int) -> list[str]:
        """What the table has of this attempt's tokens."""
        rows = await self.stack.pool.fetch(
            "SELECT data FROM chat.stream_chunks WHERE task_id = $1 AND attempt = $2 AND event = 'token' ORDER BY seq",
            self.task,
            attempt,
        )
        return [row["data"] for row in rows]


@pytest.fixture
async def answering(stack: Stack) -> AsyncIterator[Answering]:
    """A slow answer whose first words are shown, written by one of two workers."""
    writer, other = stack.workers[0], await stack.start_worker()
    stack.provider.tokens_per_second = SLOWLY
    # Asleep it takes no job; half a second is long enough for what it had begun.
    other.send(signal.SIGSTOP)
    await asyncio.sleep(0.5)
    async with stack.student() as student:
        task = task_id(await student.post("/chat", json={"query": QUESTION}))
        following = asyncio.create_task(events(student, task))
        found = Answering(stack, student, task, writer, other, following)
        await until(lambda: found.shown(1), 10, "first words")
        other.send(signal.SIGCONT)
        yield found
        following.cancel()


async def test_after_kill_9_another_worker_answers_once_within_15_seconds_and_the_text_is_exact(
    answering: Answering,
) -> None:
    await answering.writer.kill()
    killed = time.monotonic()
    answering.stack.provider.tokens_per_second = 0
    seen = await answering.following
    assert time.monotonic() - killed < 15
    answer = check_whole(seen)
    assert [(event.id, event.data["attempt"]) for event in seen if event.name == "restart"] == [("2.1", 2)]
    assert (await answering.student.get(f"/tasks/{answering.task}")).json() == answer
    await _check_counted_once(answering, answer["text"])


async def test_a_worker_that_wakes_up_too_late_adds_nothing(answering: Answering) -> None:
    answering.writer.send(signal.SIGSTOP)
    await answering.stack.pool.execute("UPDATE chat.tasks SET lease_until = now() WHERE id = $1", answering.task)
    answering.stack.provider.tokens_per_second = 0
    answer = check_whole(await answering.following)
    before = await answering.shown(1)
    answering.writer.send(signal.SIGCONT)
    await until(lambda: "task.fenced" in answering.writer.said(), 5, "the stale worker has noticed")
    assert await answering.shown(1) == before
    assert await answering.column("attempt") == 2
    assert (await answering.student.get(f"/tasks/{answering.task}")).json() == answer
    again = await events(answering.student, answering.task)
    assert text_of(again) == answer["text"]


async def _check_counted_once(answering: Answering, text: str) -> None:
    turns = await answering.stack.pool.fetch(
        "SELECT role, text FROM chat.turns WHERE task_id = $1 ORDER BY role", answering.task
    )
    assert [tuple(turn) for turn in turns] == [("assistant", text), ("user", QUESTION)]
    used = await answering.stack.pool.fetchval(
        "SELECT used FROM chat.rate_counters c JOIN chat.tasks t USING (user_id) WHERE t.id = $1", answering.task
    )
    assert used == 1
