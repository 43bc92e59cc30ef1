"""A model that invents, through the whole stack: the student never sees it, operators do."""

import json

from support.event_reader import check_whole, events
from support.stack import Stack, task_id

QUESTION = "What is the minimum age to be elected President?"
INVENTED = "The first President was elected in 1875 in London [1]."
SECOND_ASKING = "left out of your answer"


async def test_an_invented_sentence_is_kept_for_operators_and_from_students(stack: Stack) -> None:
    true = "No person is eligible for election as President unless he has completed the age of thirty-five years [1]."
    stack.provider.script = lambda told: "none" if SECOND_ASKING in told else f"{true} {INVENTED}"
    try:
        async with stack.student() as student:
            task = task_id(await student.post("/chat", json={"query": QUESTION}))
            seen = await events(student, task)
            answer = check_whole(seen)
            told = json.dumps([answer, (await student.get(f"/tasks/{task}")).json(), [str(one) for one in seen]])
    finally:
        stack.provider.script = None
    rows = await stack.pool.fetch("SELECT * FROM ops.withheld WHERE task_id = $1", task)
    counted = await stack.pool.fetchval("SELECT withheld FROM chat.tasks WHERE id = $1", task)

    assert answer["tier"] == "primary"
    assert "1875" not in told
    assert [(row["tier"], row["sentence"], row["attempt"]) for row in rows] == [("primary", INVENTED, 1)]
    assert rows[0]["reason"]
    assert counted == 1


async def test_a_model_whose_every_sentence_is_invented_is_replaced_by_the_next_rung(stack: Stack) -> None:
    stack.provider.script = lambda told: "none" if SECOND_ASKING in told else INVENTED
    try:
        async with stack.student() as student:
            task = task_id(await student.post("/chat", json={"query": QUESTION}))
            answer = check_whole(await events(student, task))
    finally:
        stack.provider.script = None
    tiers = await stack.pool.fetch("SELECT tier FROM ops.withheld WHERE task_id = $1", task)

    assert (answer["tier"], answer["is_fallback"]) == ("extractive", True)
    assert "thirty-five" in answer["text"]
    assert [row["tier"] for row in tiers] == ["primary", "secondary"]
