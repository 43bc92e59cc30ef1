"""Stored answers through the whole stack: whom they serve, whom they do not, and what a worker's own hit writes."""

from uuid import UUID

import httpx
import pytest
from support.event_reader import check_whole, events
from support.stack import Stack, task_id, until

PRIMARY, SECONDARY = "gpt-4.1", "gpt-4.1-mini"
QUESTION = "What is the minimum age to be elected President?"
ASKED_OTHERWISE = "Please tell me, what is the min age to be elected the President of India"


_TURN_AWAY = """
    UPDATE cache.entries e SET normalised = 'of another wording', embedding = turned.vector
    FROM (SELECT id, (SELECT array_agg(CASE WHEN i = 1 THEN x + 0.52 ELSE x END ORDER BY i)::vector
                      FROM unnest(embedding::real[]) WITH ORDINALITY parts (x, i)) AS vector
          FROM cache.entries) turned
    WHERE turned.id = e.id
    RETURNING 1 - (old.embedding <=> new.embedding)
"""


async def _answered(student: httpx.AsyncClient, question: str, **more: object) -> tuple[UUID, dict[str, object]]:
    task = task_id(await student.post("/chat", json={"query": question, **more}))
    return task, check_whole(await events(student, task))


async def test_another_students_other_words_get_the_stored_answer_at_once(stack: Stack) -> None:
    async with stack.student() as one, stack.student() as two:
        _, first = await _answered(one, QUESTION)
        hit = await two.post("/chat", json={"query": ASKED_OTHERWISE})
    row = await stack.pool.fetchrow(
        "SELECT near, stored, saved_calls FROM cache.servings ORDER BY served_at DESC LIMIT 1"
    )

    assert (hit.status_code, hit.json()["answer"]["text"]) == (200, first["text"])
    assert (row["near"], row["stored"]) == (True, QUESTION)
    assert row["saved_calls"] == first["usage"]["calls"]  # type: ignore[index]


@pytest.mark.parametrize(
    "question",
    ["What is the maximum age to be elected President?", "What is the minimum age to be elected Vice-President?",
     "What is my minimum age to be elected President?"],
)  # fmt: skip
async def test_another_question_is_never_given_it(stack: Stack, question: str) -> None:
    async with stack.student() as one, stack.student() as two:
        await _answered(one, QUESTION)
        other = await two.post("/chat", json={"query": question})
        check_whole(await events(two, task_id(other)))

    assert (other.status_code, other.json()["cached"]) == (202, False)


async def test_a_personal_question_is_answered_and_not_kept(stack: Stack) -> None:
    async with stack.student() as student:
        await _answered(student, "I am thirty. Can I be elected President at my age?")

    assert await stack.pool.fetchval("SELECT count(*) FROM cache.entries") == 0


async def test_a_follow_up_is_served_by_its_worker_and_counted_once(stack: Stack) -> None:
    async with stack.student() as one, stack.student() as two:
        await _answered(one, QUESTION)
        _, first = await _answered(two, "Who was the first President?")
        session = await stack.pool.fetchval(
            "SELECT session_id FROM chat.tasks WHERE id = $1", UUID(str(first["task_id"]))
        )
        task, again = await _answered(two, QUESTION, session_id=str(session))
    served = await stack.pool.fetchval("SELECT count(*) FROM cache.servings WHERE task_id = $1", task)

    assert (again["tier"], again["cached"], again["is_fallback"]) == ("cache", True, False)
    assert served == 1


async def test_when_models_fail_the_relaxed_look_up_answers_and_is_counted(stack: Stack) -> None:
    async with stack.student() as one, stack.student() as two:
        await _answered(one, QUESTION)
        # As an entry would lie whose wording another embedder had made: below the default, above the relaxed threshold.
        cosine = await stack.pool.fetchval(_TURN_AWAY)
        assert 0.85 < cosine < 0.92
        stack.provider.faults[PRIMARY] = stack.provider.faults[SECONDARY] = "server_error"
        task, answer = await _answered(two, QUESTION)
    await until(
        lambda: stack.pool.fetchval("SELECT count(*) = 1 FROM cache.servings WHERE task_id = $1", task), 5, "noted"
    )

    assert (answer["tier"], answer["cached"], answer["is_fallback"]) == ("cache", True, True)
