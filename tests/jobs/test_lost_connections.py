"""Connections that the server ends, one by one or all at once: no process ends with them, no answer suffers."""

import asyncio

from support.event_reader import check_whole, events
from support.stack import Stack, alive, task_id, until

KILL = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name LIKE $1 AND application_name <> 'prashna-tests'"""


async def test_an_answer_survives_the_loss_of_every_connection(stack: Stack) -> None:
    stack.provider.tokens_per_second = 40
    async with stack.student() as student:
        task = task_id(await student.post("/chat", json={"query": "Which freedoms does Article 19 give?"}))
        following = asyncio.create_task(events(student, task))
        for _ in range(4):
            await asyncio.sleep(0.5)
            await stack.pool.fetchval(KILL, "prashna-%")
        async with asyncio.timeout(15):
            answer = check_whole(await following)
        assert (await student.get(f"/tasks/{task}")).json() == answer
    assert stack.api
    assert alive(stack.api)
    assert alive(stack.workers[0])


async def test_a_worker_whose_queue_connections_are_ended_beats_and_listens_again(stack: Stack) -> None:
    for _ in range(3):
        await until(lambda: stack.pool.fetchval(KILL, "prashna-queue-chat"), 10, "a queue connection has ended")
    killed = await stack.pool.fetchval("SELECT now()")
    beat = "SELECT max(last_heartbeat) > $1 FROM queue_chat.procrastinate_workers"
    await until(lambda: stack.pool.fetchval(beat, killed), 10, "a heartbeat")
    await until(stack.worker_listens, 10, "it listens")
    async with stack.student() as student:
        check_whole(
            await events(student, task_id(await student.post("/chat", json={"query": "What is the Godavari?"})))
        )
    assert alive(stack.workers[0])
