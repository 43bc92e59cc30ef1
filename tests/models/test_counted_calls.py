"""Answer calls to providers are counted on the task's row before they are made."""

from support.event_reader import check_whole, events
from support.stack import Stack, task_id, until

from app.settings import ModelSettings

QUESTION = "What is the minimum age to be elected President?"
PRIMARY = ModelSettings.model_fields["primary"].default


async def test_the_call_of_a_worker_that_was_killed_is_one_of_the_three(stack: Stack) -> None:
    stack.provider.faults[PRIMARY] = "headers_only"
    async with stack.student() as student:
        task = task_id(await student.post("/chat", json={"query": QUESTION}))
        await until(lambda: stack.provider.asked("chat", PRIMARY), 20, "its first answer call")
        await stack.workers[0].kill()
        stack.workers.clear()
        counted = await stack.pool.fetchval("SELECT answer_calls FROM chat.tasks WHERE id = $1", task)
        stack.provider.faults.clear()
        # As ten seconds later: nobody renews its lease.
        await stack.pool.execute("UPDATE chat.tasks SET lease_until = now() - interval '1 s' WHERE id = $1", task)
        await stack.start_worker()
        answer = check_whole(await events(student, task))
    row = await stack.pool.fetchrow("SELECT answer_calls, runs FROM chat.tasks WHERE id = $1", task)

    assert (counted, tuple(row)) == (1, (2, 2))
    assert (answer["tier"], len(stack.provider.asked("chat", PRIMARY))) == ("primary", 2)


async def test_a_task_whose_calls_are_used_up_is_quoted_without_asking_anybody(stack: Stack) -> None:
    await stack.end(*stack.workers)
    async with stack.student() as student:
        task = task_id(await student.post("/chat", json={"query": QUESTION}))
        await stack.pool.execute("UPDATE chat.tasks SET answer_calls = 3 WHERE id = $1", task)
        await stack.start_worker()
        answer = check_whole(await events(student, task))

    assert (answer["tier"], answer["is_fallback"]) == ("extractive", True)
    assert stack.provider.asked("chat", PRIMARY) == []
