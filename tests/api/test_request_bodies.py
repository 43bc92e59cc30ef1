"""Bytes that are no request of ours get a 4xx problem, never a 500."""

import gzip
import json

import httpx
import pytest

LIMIT = 64 * 1024
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "broken JSON": b'{"query": ',
    "no JSON": b"query=a",
    "NaN": b'{"query": NaN}',
    "Infinity": b'{"query": -Infinity}',
    "a list": b'["a"]',
    "a text": b'"a"',
    "null": b"null",
    "100 levels": b'{"query": ' + b"[" * 100 + b"]" * 100 + b"}",
    "30,000 levels": b"[" * 30_000,
    "100 levels of objects": b'{"query":' * 100 + b"1" + b"}" * 100,
    "a huge number": b'{"query": 1' + b"0" * 5_000 + b"}",
    "a lone surrogate": b'{"query": "a\\ud800b"}',
    "a reversed pair": b'{"query": "\\udc00\\ud800"}',
    "an escaped NUL": b'{"query": "a\\u0000b"}',
    "a raw NUL": b'{"query": "a\0b"}',
    "a raw line feed": b'{"query": "a\nb"}',
    "no UTF-8": b'{"query": "\xff\xfe"}',
    "an encoded surrogate": b'{"query": "\xed\xa0\x80"}',
    "overlong UTF-8": b'{"query": "\xc0\x80"}',
    "a key twice": b'{"query": "a", "query": 7}',
    "a proto key": b'{"query": "a", "__proto__": {}}',
    "gzip": gzip.compress(json.dumps({"query": "a"}).encode()),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_that_is_no_question_is_a_problem_of_the_client(own: httpx.AsyncClient, name: str) -> None:
    response = await own.post("/chat", content=BODIES[name], headers={"Content-Type": "application/json"})

    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
async def test_a_body_that_is_not_called_json_is_refused(own: httpx.AsyncClient, kind: str | None) -> None:
    response = await own.post("/chat", content=b'{"query": "a"}', headers={"Content-Type": kind} if kind else {})

    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("path", ["/chat", "/tasks/x/feedback", "/nowhere"])
async def test_a_body_over_64_kb_is_refused_before_it_is_read_to_its_end(own: httpx.AsyncClient, path: str) -> None:
    response = await own.post(path, content=b" " * (LIMIT + 1), headers={"Content-Type": "application/json"})

    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


async def test_a_body_of_exactly_64_kb_is_read(own: httpx.AsyncClient) -> None:
    body = b'{"query": "a"}'.ljust(LIMIT)
    response = await own.post("/chat", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code == 202


async def test_a_body_in_pieces_has_the_same_limit(own: httpx.AsyncClient) -> None:
    async def pieces() -> object:
        for _ in range(100):
            yield b" " * 1_024

    response = await own.post("/chat", content=pieces(), headers={"Content-Type": "application/json"})

    assert response.status_code == 413


async def test_a_verdict_is_kept_and_replaced(own: httpx.AsyncClient) -> None:
    task = (await own.post("/chat", json={"query": "a"})).json()["task_id"]
    for body in ({"score": 0, "comment": "no"}, {"score": 1}, {"score": 1, "comment": ""}):
        assert (await own.post(f"/tasks/{task}/feedback", json=body)).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"score": 2},
        {"score": -1},
        {"score": "good"},
        {"score": None},
        {"score": 1, "comment": "a\0b"},
        {"score": 1, "comment": "a\x07b"},
        {"score": 1, "comment": "x" * 2_001},
        {"score": 1, "comment": 7},
        {"score": 1, "more": 1},
    ],
)
async def test_what_is_no_verdict_is_refused(own: httpx.AsyncClient, body: dict[str, object]) -> None:
    task = (await own.post("/chat", json={"query": "a"})).json()["task_id"]
    response = await own.post(f"/tasks/{task}/feedback", json=body)

    assert response.status_code == 422


async def test_a_queued_task_that_is_stopped_ends_with_an_empty_stopped_answer(own: httpx.AsyncClient) -> None:
    task = (await own.post("/chat", json={"query": "a"})).json()["task_id"]
    waiting = await own.get(f"/tasks/{task}")
    stopping = await own.post(f"/tasks/{task}/stop")
    answer = await own.get(f"/tasks/{task}")
    stream = await own.get(f"/stream/{task}")

    assert (waiting.status_code, waiting.json()) == (202, {"task_id": task, "status": "queued", "attempt": 0})
    assert (stopping.status_code, stopping.json()) == (202, {"task_id": task, "status": "done"})
    assert (answer.status_code, answer.json()["stopped"], answer.json()["text"]) == (200, True, "")
    assert json.loads(stream.text.rpartition("data: ")[2]) == {"answer": answer.json()}
