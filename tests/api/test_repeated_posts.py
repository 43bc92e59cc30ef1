"""Idempotency-Key over HTTP: post it fifty times, it is one question; and the limit of questions under way."""

import asyncio
import hashlib
import json
from uuid import UUID

import httpx
import pytest
from support import library, questions, stored_answers
from support.service import client
from support.students import bearer

from app.db import engine, enqueue, gate
from app.db.enqueue import Asked
from app.db.gate import PostKey
from app.resources import prompt_set
from app.settings import Settings


def _key(key: str = "a-key") -> dict[str, str]:
    return {"Idempotency-Key": key}


async def test_fifty_posts_at_once_are_one_question(own: httpx.AsyncClient, rows: engine.Pool, student: str) -> None:
    body = {"query": f"Asked fifty times by {student}?"}
    replies = await asyncio.gather(*(own.post("/chat", json=body, headers=_key()) for _ in range(50)))
    later = await own.post("/chat", json=body, headers=_key())

    assert {reply.status_code for reply in [*replies, later]} == {202}
    assert len({(reply.json()["task_id"], reply.json()["session_id"]) for reply in [*replies, later]}) == 1
    assert len({reply.json()["stream_url"] for reply in [*replies, later]}) == 51
    assert later.json()["quota"]["remaining"] == 99
    assert await _used(rows, student) == 1
    assert await rows.fetchval("SELECT count(*) FROM chat.tasks WHERE user_id = $1", student) == 1
    jobs = await rows.fetchval(
        "SELECT count(*) FROM queue_chat.procrastinate_jobs WHERE args ->> 'task_id' = $1", later.json()["task_id"]
    )
    assert jobs == 1


async def test_fifty_posts_at_once_with_the_last_unit_are_all_accepted(
    own: httpx.AsyncClient, rows: engine.Pool, student: str
) -> None:
    await rows.execute("INSERT INTO chat.rate_counters VALUES ($1, chat.today(), 99)", student)
    body = {"query": f"The hundredth of {student}?"}
    replies = await asyncio.gather(*(own.post("/chat", json=body, headers=_key()) for _ in range(50)))

    assert {reply.status_code for reply in replies} == {202}
    assert len({reply.json()["task_id"] for reply in replies}) == 1
    assert await _used(rows, student) == 100


async def test_a_repeat_waits_for_the_post_that_took_the_last_unit(
    own: httpx.AsyncClient, rows: engine.Pool, student: str
) -> None:
    query = f"The hundredth of {student}?"
    key = PostKey("a-key", hashlib.sha256(json.dumps([query, "None"]).encode()).digest())
    first = questions.asked(student, query)
    gated = await gate.gate(rows, first, session_id=None, limit=1, key=key)
    assert gated.outcome == "miss"
    await rows.execute("UPDATE chat.rate_counters SET used = 100 WHERE user_id = $1", student)

    # The first post is between gate and queue.
    repeat = asyncio.create_task(own.post("/chat", json={"query": query}, headers=_key()))
    await asyncio.wait([repeat], timeout=0.5)
    assert not repeat.done()
    await enqueue.enqueue(rows, [Asked(first, gated.session_id, gated.asked_at, key=key)])
    reply = await repeat
    assert (reply.status_code, reply.json()["task_id"]) == (202, str(first.task_id))


async def test_nobody_waits_for_a_unit_that_a_killed_process_took(rows: engine.Pool, student: str) -> None:
    first = questions.asked(student)
    await gate.gate(rows, first, session_id=None, limit=1)
    assert await gate.has_unit_taken(rows, student)
    await rows.execute(
        "UPDATE chat.units_taken SET asked_at = asked_at - interval '6 seconds' WHERE user_id = $1", student
    )
    assert not await gate.has_unit_taken(rows, student)


async def test_a_repeated_hit_is_a_hit_again(own: httpx.AsyncClient, rows: engine.Pool, student: str) -> None:
    prompts = prompt_set(Settings.from_env({}))
    await stored_answers.keep(rows, f"Hit of {student}", await library.place(rows), prompt_set=prompts)
    first, second = [await own.post("/chat", json={"query": f"Hit of {student}"}, headers=_key()) for _ in range(2)]

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json()["answer"] == first.json()["answer"]
    assert (await own.get(second.json()["stream_url"])).status_code == 200
    assert await _used(rows, student) == 1


async def test_a_miss_that_is_answered_meanwhile_stays_202(
    own: httpx.AsyncClient, rows: engine.Pool, student: str
) -> None:
    first = await own.post("/chat", json={"query": f"Asked by {student}"}, headers=_key())
    await rows.execute(
        """UPDATE chat.tasks SET status = 'done', attempt = 1, finished_at = ops.now(), answer = '{"cached": true}'
           WHERE id = $1""",
        UUID(first.json()["task_id"]),
    )
    second = await own.post("/chat", json={"query": f"Asked by {student}"}, headers=_key())

    assert (second.status_code, second.json()["task_id"]) == (202, first.json()["task_id"])


async def test_the_ticket_of_a_repeat_opens_the_stream_of_the_first(
    api: str, own: httpx.AsyncClient, rows: engine.Pool, student: str
) -> None:
    await own.post("/chat", json={"query": f"Asked by {student}"}, headers=_key())
    repeated = (await own.post("/chat", json={"query": f"Asked by {student}"}, headers=_key())).json()
    await own.post(f"/tasks/{repeated['task_id']}/stop")
    async with client(api) as anybody:
        reply = await anybody.get(repeated["stream_url"])

    assert reply.status_code == 200
    assert f'"task_id":"{repeated["task_id"]}"' in reply.text


@pytest.mark.parametrize("changed", ["query", "session_id"])
async def test_another_body_under_the_same_key_is_refused(
    own: httpx.AsyncClient, rows: engine.Pool, student: str, changed: str
) -> None:
    first = (await own.post("/chat", json={"query": "one"}, headers=_key())).json()
    other = {"query": "two"} if changed == "query" else {"query": "one", "session_id": first["session_id"]}
    reply = await own.post("/chat", json=other, headers=_key())

    assert (reply.status_code, reply.json()["code"]) == (422, "idempotency_key_reused")
    assert await _used(rows, student) == 1


async def test_a_key_is_its_students(api: str, own: httpx.AsyncClient, student: str) -> None:
    mine = await own.post("/chat", json={"query": "mine"}, headers=_key())
    async with client(api, bearer(f"{student}-2")) as other:
        theirs = await other.post("/chat", json={"query": "theirs"}, headers=_key())

    assert (mine.status_code, theirs.status_code) == (202, 202)
    assert mine.json()["task_id"] != theirs.json()["task_id"]


@pytest.mark.parametrize(
    ("key", "status"),
    [("k", 202), ("~" * 255, 202), ("a b", 202), ("k" * 256, 422), ("", 422), ("é", 422), ("k\té", 422)],
)
async def test_a_key_is_1_to_255_printable_ascii_characters(own: httpx.AsyncClient, key: str, status: int) -> None:
    reply = await own.post("/chat", json={"query": "one"}, headers={"Idempotency-Key": key.encode()})

    assert reply.status_code == status


async def test_of_twenty_questions_at_once_two_are_accepted(
    own: httpx.AsyncClient, rows: engine.Pool, student: str
) -> None:
    replies = await asyncio.gather(*(own.post("/chat", json={"query": f"{student} {n}"}) for n in range(20)))
    refused = [reply for reply in replies if reply.status_code == 429]

    assert (len(refused), [reply.status_code for reply in replies].count(202)) == (18, 2)
    assert {reply.json()["code"] for reply in refused} == {"too_many_in_flight"}
    assert all(int(reply.headers["retry-after"]) > 0 for reply in refused)
    assert await _used(rows, student) == 2


async def test_a_hit_is_served_with_two_questions_under_way(
    own: httpx.AsyncClient, rows: engine.Pool, student: str
) -> None:
    prompts = prompt_set(Settings.from_env({}))
    await stored_answers.keep(rows, f"Hit of {student}", await library.place(rows), prompt_set=prompts)
    for n in range(2):
        await own.post("/chat", json={"query": f"{student} {n}"})
    statuses = [
        (await own.post("/chat", json={"query": query})).status_code for query in ("third", f"Hit of {student}")
    ]

    assert statuses == [429, 200]


async def _used(rows: engine.Pool, student: str) -> int:
    used: int = await rows.fetchval("SELECT used FROM chat.rate_counters WHERE user_id = $1", student)
    return used
