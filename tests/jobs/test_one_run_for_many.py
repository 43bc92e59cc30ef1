"""Students who ask the same at once, over real processes: one run, everybody's stream and answer, whoever leaves."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from support.event_reader import Event, check_whole, events, text_of
from support.service import service
from support.stack import SECRET, Stack, task_id, until

QUESTION = "What is the minimum age to be elected President?"
MODEL = "gpt-4.1"
# About five seconds from the first word to the last.
SLOWLY = 20.0


@dataclass
class Hall:
    """Students who have asked the same and follow their answers; the first leads."""

    stack: Stack
    students: list[httpx.AsyncClient]
    tasks: list[UUID]
    following: "list[asyncio.Task[list[Event]]]"

    async def leader(self) -> UUID:
        """The one whose run it is."""
        leaders = await self.stack.pool.fetch(
            "SELECT DISTINCT flight_id FROM chat.tasks WHERE id = ANY ($1::uuid[])", self.tasks
        )
        assert len(leaders) == 1
        return leaders[0][0]

    async def words_shown(self) -> bool:
        """Whether the run has said something."""
        return await self.stack.pool.fetchval(
            "SELECT count(*) > 0 FROM chat.stream_chunks WHERE task_id = $1 AND event = 'token'", await self.leader()
        )

    def of(self, task: UUID) -> int:
        """The place of this task's student."""
        return self.tasks.index(task)


@pytest.fixture
async def clients(stack: Stack) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Twelve students, every other one at another API process."""
    names = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "COHERE_API_KEY", "COHERE_BASE_URL")
    environment = {name: stack.environment[name] for name in names}
    async with AsyncExitStack() as opened:
        other = opened.enter_context(service(stack.dsn, PRASHNA_JWT_SECRET=SECRET, **environment))
        made = []
        for n in range(12):
            student = await opened.enter_async_context(stack.student())
            if n % 2:
                student.base_url = other
            made.append(student)
        yield made


@asynccontextmanager
async def _hall(stack: Stack, students: list[httpx.AsyncClient], *, slowly: bool = True) -> AsyncIterator[Hall]:
    """All have asked at once; when `slowly`, the first words are shown."""
    stack.provider.tokens_per_second = SLOWLY if slowly else 0
    replies = await asyncio.gather(*(student.post("/chat", json={"query": QUESTION}) for student in students))
    assert {reply.status_code for reply in replies} == {202}
    tasks = [task_id(reply) for reply in replies]
    following = [asyncio.create_task(events(*pair)) for pair in zip(students, tasks, strict=True)]
    hall = Hall(stack, students, tasks, following)
    if slowly:
        await until(hall.words_shown, 10, "first words")
    yield hall
    for one in following:
        one.cancel()


async def test_one_run_answers_all_who_ask_at_once_at_two_processes(
    stack: Stack, clients: list[httpx.AsyncClient]
) -> None:
    stack.provider.first_token_ms = 500
    async with _hall(stack, clients, slowly=False) as hall:
        answers = [check_whole(seen) for seen in await asyncio.gather(*hall.following)]
        read = [(await student.get(f"/tasks/{task}")).json() for student, task in zip(clients, hall.tasks, strict=True)]

    assert len(stack.provider.asked("chat", MODEL)) == 1
    assert [answer["task_id"] for answer in answers] == [str(task) for task in hall.tasks]
    assert len({answer["text"] for answer in answers}) == 1
    assert sum(answer["usage"]["calls"] > 0 for answer in answers) == 1
    assert read == answers


async def test_when_the_leaders_worker_dies_another_run_goes_on_for_all(
    stack: Stack, clients: list[httpx.AsyncClient]
) -> None:
    writer, other = stack.workers[0], await stack.start_worker()
    # Asleep it takes no job; half a second is long enough for what it had begun.
    other.send(signal.SIGSTOP)
    await asyncio.sleep(0.5)
    async with _hall(stack, clients) as hall:
        other.send(signal.SIGCONT)
        stack.provider.tokens_per_second = 0
        await writer.kill()
        seen = await asyncio.gather(*hall.following)

    answers = [check_whole(one) for one in seen]
    restarts = [[event.id for event in one if event.name == "restart"] for one in seen]
    assert restarts == [["2.1"]] * len(clients)
    assert len({answer["text"] for answer in answers}) == 1
    assert len(stack.provider.asked("chat", MODEL)) == 2


async def test_who_stops_is_done_at_once_and_the_others_are_answered_whole(
    stack: Stack, clients: list[httpx.AsyncClient]
) -> None:
    async with _hall(stack, clients) as hall:
        leader = hall.of(await hall.leader())
        follower = (leader + 1) % len(clients)
        for leaving in (leader, follower):
            reply = await clients[leaving].post(f"/tasks/{hall.tasks[leaving]}/stop")
            assert (reply.status_code, reply.json()["status"]) == (202, "done")
            left = check_whole(await hall.following[leaving])
            read = await clients[leaving].get(f"/tasks/{hall.tasks[leaving]}")
            assert (left["stopped"], left["tier"]) == (True, "primary")
            assert read.json() == left
            session = await stack.pool.fetchval("SELECT session_id FROM chat.tasks WHERE id = $1", hall.tasks[leaving])
            turn = (await clients[leaving].get(f"/sessions/{session}")).json()["turns"][-1]
            assert (turn["text"], turn["stopped"]) == (left["text"], True)
            again = await events(clients[leaving], hall.tasks[leaving])
            assert text_of(again) == left["text"]
        assert not any(one.done() for n, one in enumerate(hall.following) if n not in (leader, follower))
        stack.provider.tokens_per_second = 0
        seen = {n: await one for n, one in enumerate(hall.following) if n not in (leader, follower)}

    answers = [check_whole(one) for one in seen.values()]
    assert [answer["stopped"] for answer in answers] == [False] * (len(clients) - 2)
    assert len({answer["text"] for answer in answers}) == 1
    assert len(answers[0]["text"]) > len(left["text"])
    assert len(stack.provider.asked("chat", MODEL)) == 1


async def test_when_all_stop_the_run_stops(stack: Stack, clients: list[httpx.AsyncClient]) -> None:
    async with _hall(stack, clients[:3]) as hall:
        leader = hall.of(await hall.leader())
        for n in (leader, *(n for n in range(3) if n != leader)):
            await clients[n].post(f"/tasks/{hall.tasks[n]}/stop")
        await asyncio.gather(*hall.following)
        await until(lambda: _idle(stack), 10, "the run has ended")

    (call,) = stack.provider.asked("chat", MODEL)
    assert call.client_left
    assert await stack.pool.fetchval("SELECT count(*) FROM cache.entries") == 0


async def test_a_run_that_kills_its_workers_fails_for_all(stack: Stack, clients: list[httpx.AsyncClient]) -> None:
    async with _hall(stack, clients[:4]) as hall:
        await stack.pool.execute(
            "UPDATE chat.tasks SET runs = 3, lease_until = now() - interval '1 second' WHERE id = $1",
            await hall.leader(),
        )
        await stack.workers[0].kill()
        await stack.start_worker()
        seen = await asyncio.gather(*hall.following)

    assert {one[-1].name for one in seen} == {"error"}
    assert {one[-1].data["code"] for one in seen} == {"poison"}
    refunded = await stack.pool.fetchval(
        "SELECT bool_and(refunded) FROM chat.tasks WHERE id = ANY ($1::uuid[])", hall.tasks
    )
    assert refunded


async def _idle(stack: Stack) -> bool:
    return await stack.pool.fetchval("SELECT count(*) = 0 FROM chat.tasks WHERE status IN ('queued', 'running')")
