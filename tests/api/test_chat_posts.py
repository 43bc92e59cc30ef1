"""POST /chat: what is accepted, what is answered at once, and what is refused."""

import asyncio
import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support import library, stored_answers
from support.service import client
from support.students import bearer

from app.db import engine
from app.resources import prompt_set
from app.settings import Settings

QUOTA_KEYS = {"limit", "remaining", "resets_at"}


async def test_a_new_question_is_accepted_and_on_disk(own: httpx.AsyncClient, rows: engine.Pool, student: str) -> None:
    response = await own.post("/chat", json={"query": "  Who appoints the Governor? "})
    body = response.json()
    row = await rows.fetchrow("SELECT user_id, question, status FROM chat.tasks WHERE id = $1", UUID(body["task_id"]))

    assert response.status_code == 202
    assert set(body) == {"task_id", "session_id", "status", "cached", "stream_url", "quota"}
    assert (body["status"], body["cached"]) == ("queued", False)
    assert body["stream_url"].startswith(f"/stream/{body['task_id']}?ticket=")
    assert (set(body["quota"]), body["quota"]["limit"], body["quota"]["remaining"]) == (QUOTA_KEYS, 100, 99)
    assert datetime.fromisoformat(body["quota"]["resets_at"]).astimezone().utcoffset() is not None
    assert tuple(row) == (student, "Who appoints the Governor?", "queued")


async def test_a_question_into_an_own_session_stays_in_it(own: httpx.AsyncClient) -> None:
    first = (await own.post("/chat", json={"query": "one"})).json()
    second = await own.post("/chat", json={"query": "two", "session_id": first["session_id"]})

    assert second.status_code == 202
    assert second.json()["session_id"] == first["session_id"]
    turns = (await own.get(f"/sessions/{first['session_id']}")).json()["turns"]
    assert [turn["text"] for turn in turns] == ["one", "two"]


async def test_a_hit_is_answered_at_once_and_can_be_read_like_any_other(
    own: httpx.AsyncClient, rows: engine.Pool, student: str
) -> None:
    placed = await library.place(rows)
    prompts = prompt_set(Settings.from_env({}))
    await stored_answers.keep(rows, f"Hit of {student}", placed, prompt_set=prompts)
    response = await own.post("/chat", json={"query": f"hit  of {student}?"})
    body = response.json()
    task = await own.get(f"/tasks/{body['task_id']}")
    stream = await own.get(f"/stream/{body['task_id']}")

    assert (response.status_code, body["status"], body["cached"]) == (200, "done", True)
    assert (body["answer"]["tier"], body["answer"]["is_fallback"]) == ("cache", False)
    assert body["answer"]["citations"] == [placed.citation.model_dump(mode="json")]
    assert body["quota"]["remaining"] == 99
    assert (task.status_code, task.json()) == (200, body["answer"])
    assert _events(stream.text) == ["route", "sources", "token", "done"]
    assert json.loads(stream.text.rpartition("data: ")[2]) == {"answer": body["answer"]}


async def test_of_200_posts_at_99_of_100_exactly_one_is_admitted(api: str, rows: engine.Pool, student: str) -> None:
    await rows.execute("INSERT INTO chat.rate_counters VALUES ($1, chat.today(), 99)", student)
    async with client(api, bearer(student)) as crowd:
        responses = await asyncio.gather(*(crowd.post("/chat", json={"query": f"q {n}"}) for n in range(200)))
    statuses = [response.status_code for response in responses]

    assert (statuses.count(202), statuses.count(429)) == (1, 199)
    assert await rows.fetchval("SELECT count(*) FROM chat.tasks WHERE user_id = $1", student) == 1


async def test_over_the_limit_a_student_is_told_when_to_come_back(
    own: httpx.AsyncClient, rows: engine.Pool, student: str
) -> None:
    await rows.execute("INSERT INTO chat.rate_counters VALUES ($1, chat.today(), 100)", student)
    response = await own.post("/chat", json={"query": "one more"})
    left = await rows.fetchval("SELECT extract(epoch FROM chat.resets_at() - ops.now())")

    assert (response.status_code, response.json()["code"]) == (429, "daily_limit")
    assert abs(int(response.headers["retry-after"]) - float(left)) < 5


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"query": "x" * 4_001}, 413, "query_too_long"),
        ({"query": "\U0001f600" * 4_001}, 413, "query_too_long"),
        ({"query": ""}, 422, "invalid_text"),
        ({"query": " \t\r\n\u3000"}, 422, "invalid_text"),
        ({"query": "\u200b\u2060"}, 422, "invalid_text"),
        ({"query": "a\x00b"}, 422, "invalid_text"),
        ({"query": "a\x1bb"}, 422, "invalid_text"),
        ({}, 422, "invalid_request"),
        ({"query": None}, 422, "invalid_request"),
        ({"query": 7}, 422, "invalid_request"),
        ({"query": ["a"]}, 422, "invalid_request"),
        ({"query": "a", "limit": 1_000}, 422, "invalid_request"),
        ({"query": "a", "session_id": "1"}, 422, "invalid_request"),
        ({"query": "a", "session_id": 7}, 422, "invalid_request"),
        ({"query": "a", "session_id": str(uuid4())}, 404, "not_found"),
    ],
)
async def test_what_is_no_question_is_refused_and_costs_nothing(
    own: httpx.AsyncClient, rows: engine.Pool, student: str, body: dict[str, Any], status: int, code: str
) -> None:
    response = await own.post("/chat", json=body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await rows.fetchval("SELECT count(*) FROM chat.rate_counters WHERE user_id = $1", student) == 0


@pytest.mark.parametrize(
    "query",
    ["x" * 4_000, "\U0001f600" * 4_000, "क" * 4_000, "e" + "\u0301" * 3_999, "\u202eright to left", "\\u0000",
     "नमस्ते क्\u200dष", "data: x\nid: 9.9\n\nevent: done", "line\r\nline\u2028line"],
    ids=["4,000 letters", "4,000 emoji", "4,000 Devanagari", "3,999 accents", "right to left", "a spelled NUL",
         "joiners", "an event", "line ends"],
)  # fmt: skip
async def test_what_is_a_question_is_accepted_however_odd(own: httpx.AsyncClient, query: str) -> None:
    response = await own.post("/chat", json={"query": query})

    assert response.status_code == 202


def _events(stream: str) -> list[str]:
    return [line.removeprefix("event: ") for line in stream.splitlines() if line.startswith("event: ")]
