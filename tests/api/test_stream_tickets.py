"""A ticket opens one stream once, for a client that can send no header; the cookie it becomes does the rest."""

import asyncio
import hashlib
from uuid import UUID

import httpx
import pytest
from support import questions
from support.service import client, service
from support.students import bearer

from app.db import engine


@pytest.fixture
async def asked(own: httpx.AsyncClient, rows: engine.Pool) -> str:
    """The stream_url of a finished task."""
    body = (await own.post("/chat", json={"query": "One"})).json()
    await questions.finish(rows, UUID(body["task_id"]))
    url: str = body["stream_url"]
    return url


async def test_a_ticket_opens_its_stream_once(anybody: httpx.AsyncClient, asked: str) -> None:
    first = await anybody.get(asked)
    anybody.cookies.clear()
    second = await anybody.get(asked)

    assert (first.status_code, second.status_code) == (200, 401)
    assert "event: done" in first.text


async def test_a_ticket_becomes_a_cookie_for_this_stream_alone(anybody: httpx.AsyncClient, asked: str) -> None:
    response = await anybody.get(asked)
    cookie = response.headers["set-cookie"]
    path = asked.partition("?")[0]

    assert {"HttpOnly", "SameSite=strict", f"Path={path}"} <= set(cookie.split("; "))
    assert asked.rpartition("=")[2] not in cookie


async def test_the_cookie_reconnects_where_the_ticket_is_used_up(anybody: httpx.AsyncClient, asked: str) -> None:
    first = await anybody.get(asked)
    last = [line for line in first.text.splitlines() if line.startswith("id: ")]
    again = await anybody.get(asked, headers={"Last-Event-ID": last[0].removeprefix("id: ")})
    end = await anybody.get(asked, headers={"Last-Event-ID": last[-1].removeprefix("id: ")})

    assert "set-cookie" not in again.headers
    assert [line for line in again.text.splitlines() if line.startswith("id: ")] == last[1:]
    assert (again.status_code, end.status_code, end.content) == (200, 204, b"")


async def test_a_ticket_opens_no_other_stream_and_is_not_used_up_by_trying(
    own: httpx.AsyncClient, anybody: httpx.AsyncClient, asked: str
) -> None:
    other = (await own.post("/chat", json={"query": "Two"})).json()["task_id"]
    ticket = asked.partition("?")[2]
    wrong = await anybody.get(f"/stream/{other}?{ticket}")

    assert wrong.status_code == 401
    assert (await anybody.get(asked)).status_code == 200


async def test_a_cookie_opens_no_other_stream(own: httpx.AsyncClient, anybody: httpx.AsyncClient, asked: str) -> None:
    other = (await own.post("/chat", json={"query": "Two"})).json()["task_id"]
    cookie = (await anybody.get(asked)).headers["set-cookie"].partition(";")[0]
    response = await anybody.get(f"/stream/{other}", headers={"Cookie": cookie})

    assert response.status_code == 401


async def test_a_ticket_is_good_for_60_seconds(anybody: httpx.AsyncClient, rows: engine.Pool, asked: str) -> None:
    task_id = UUID(asked.partition("?")[0].rpartition("/")[2])
    left = await rows.fetchval("SELECT expires_at - now() FROM chat.stream_keys WHERE task_id = $1", task_id)
    await rows.execute("UPDATE chat.stream_keys SET expires_at = now() WHERE task_id = $1", task_id)

    assert 50 < left.total_seconds() <= 60
    assert (await anybody.get(asked)).status_code == 401


@pytest.mark.parametrize("ticket", ["", "x", "x" * 200, "'; DROP TABLE chat.stream_keys; --", "%00", "%ED%A0%80"])
async def test_what_is_no_ticket_is_401(anybody: httpx.AsyncClient, asked: str, ticket: str) -> None:
    response = await anybody.get(f"{asked.partition('?')[0]}?ticket={ticket}")

    assert response.status_code == 401


async def test_a_ticket_opens_nothing_but_the_stream(anybody: httpx.AsyncClient, asked: str) -> None:
    task, _, query = asked.removeprefix("/stream/").partition("?")
    for method, path in (("GET", f"/tasks/{task}"), ("POST", f"/tasks/{task}/stop"), ("GET", "/sessions")):
        assert (await anybody.request(method, f"{path}?{query}")).status_code == 401


async def test_a_burst_for_the_last_place_uses_up_no_ticket_but_one(database: str) -> None:
    with service(database, PRASHNA_MAX_STREAMS="1", PRASHNA_WORKER_CONCURRENCY="1000") as url:
        async with client(url) as anybody:
            asked = [await anybody.post("/chat", json={"query": "q"}, headers=bearer(f"s{n}")) for n in range(8)]
            urls = [reply.json()["stream_url"] for reply in asked]
            burst = await asyncio.gather(*(_opened(anybody, url) for url in urls))
            statuses = sorted(reply.status_code for reply in burst)
            refused = [url for url, reply in zip(urls, burst, strict=True) if reply.status_code == 503]
            for reply in burst:
                await reply.aclose()
            for again in refused:
                assert await _within_seconds(anybody, again) == 200

    assert statuses == [200, *[503] * 7]


async def _opened(anybody: httpx.AsyncClient, url: str) -> httpx.Response:
    return await anybody.send(anybody.build_request("GET", url), stream=True)


async def _within_seconds(anybody: httpx.AsyncClient, url: str) -> int:
    """The status of this stream, as soon as the one before it has left its place."""
    async with asyncio.timeout(20):
        while True:
            reply = await _opened(anybody, url)
            await reply.aclose()
            if reply.status_code != 503:
                return reply.status_code
            await asyncio.sleep(0.05)


async def test_a_ticket_is_stored_as_its_hash(rows: engine.Pool, asked: str) -> None:
    task_id = UUID(asked.partition("?")[0].rpartition("/")[2])
    stored = await rows.fetchval("SELECT hash FROM chat.stream_keys WHERE task_id = $1", task_id)

    assert stored == hashlib.sha256(asked.rpartition("=")[2].encode()).digest()


@pytest.mark.parametrize(
    "last",
    ["", "x", "-1.-1", "0.0", "99999999999999999999.1", "1", "1.", ".1", "1.1.1", "\u0661.\u0661", "9.9", "1" * 60_000],
)
async def test_a_last_event_id_that_is_none_replays_from_the_beginning(
    own: httpx.AsyncClient, asked: str, last: str
) -> None:
    path = asked.partition("?")[0]
    whole = _events(await own.get(path))
    response = await own.get(path, headers={b"Last-Event-ID": last.encode()})

    assert response.status_code in (200, 400)
    if response.status_code == 200:
        assert _events(response) == whole


def _events(response: httpx.Response) -> list[str]:
    return [line for line in response.text.splitlines() if line.startswith(("id: ", "event: ", "data: "))]
