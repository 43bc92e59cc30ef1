"""The database restarts under the running processes: nobody has to restart them, and no answer is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from support.event_reader import check_whole, events
from support.postgres import temporary_home
from support.stack import Stack, alive, open_stack, task_id, until
from support.study_texts import store_all

from app.db import migrate, tasks
from app.local.cluster import Cluster
from app.local.home import Home

QUESTION = "What is the minimum age to be elected President?"


class Server:
    """A database server of this test's own."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def restart(self) -> None:
        """In good order: clients are disconnected, nothing is lost."""
        # Long enough for whoever tries again at once to find nobody there.
        await self.away(1)

    async def away(self, seconds: float) -> None:
        """Gone for so long, then back with everything."""
        await asyncio.to_thread(self._cluster.stop)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._cluster.start)

    async def crash(self) -> None:
        """As after a power cut: recovery empties the unlogged tables."""
        await asyncio.to_thread(self._cluster._pg_ctl, "stop", "-m", "immediate")
        await asyncio.to_thread(self._cluster.start)


@pytest.fixture(scope="module")
async def restarting() -> AsyncIterator[tuple[Stack, Server]]:
    with temporary_home() as folder:
        home = Home(folder)
        home.prepare()
        # A durable one: what was acknowledged has to be there after the crash.
        cluster = Cluster(home)
        cluster.start()
        try:
            await migrate.upgrade(cluster.dsn())
            await store_all(cluster.dsn())
            async with open_stack(cluster.dsn()) as stack:
                await asyncio.gather(stack.start_api(), stack.start_worker())
                yield stack, Server(cluster)
        finally:
            cluster.stop()


async def test_idle_processes_outlive_a_restart_of_the_database(restarting: tuple[Stack, Server]) -> None:
    stack, server = restarting
    await server.restart()
    async with stack.student() as student:
        await until(lambda: _accepts(student), 15, "questions are accepted again")
        task = task_id(await student.post("/chat", json={"query": QUESTION}))
        async with asyncio.timeout(15):
            check_whole(await events(student, task))
    await until(stack.worker_listens, 10, "the worker listens again")
    assert all(alive(service) for service in stack.services)


async def test_an_answer_outlives_a_crash_of_the_database(restarting: tuple[Stack, Server]) -> None:
    stack, server = restarting
    stack.provider.tokens_per_second = 25
    async with stack.student() as student:
        task = task_id(await student.post("/chat", json={"query": "Which freedoms does Article 19 give?"}))
        following = asyncio.create_task(events(student, task))
        shown = "SELECT count(*) FROM chat.stream_chunks WHERE task_id = $1 AND event = 'token'"
        await until(lambda: stack.pool.fetchval(shown, task), 15, "first words")
        await server.crash()
        async with asyncio.timeout(30):
            answer = check_whole(await following)
        assert (await student.get(f"/tasks/{task}")).json() == answer
        again = await events(student, task)
        assert check_whole(again) == answer
    assert all(alive(service) for service in stack.services)


async def test_who_outlives_an_outage_longer_than_its_lease_keeps_its_task(restarting: tuple[Stack, Server]) -> None:
    stack, server = restarting
    stack.provider.tokens_per_second = 4
    async with stack.student() as student:
        task = task_id(await student.post("/chat", json={"query": "Who can declare a financial emergency?"}))
        following = asyncio.create_task(events(student, task))
        shown = "SELECT count(*) FROM chat.stream_chunks WHERE task_id = $1 AND event = 'token'"
        await until(lambda: stack.pool.fetchval(shown, task), 15, "first words")
        await server.away(tasks.LEASE.total_seconds() + 1)
        check_whole(await following)
    runs = await stack.pool.fetchrow("SELECT attempt, runs FROM chat.tasks WHERE id = $1", task)
    assert tuple(runs) == (1, 1)


async def _accepts(student) -> bool:
    return (await student.get("/readyz")).status_code == 200
