"""/readyz is ready only when everything is, and an API without its database says so and recovers."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from support import library
from support.database_line import DatabaseLine
from support.service import client, service
from support.students import bearer

from app.db import engine

ROUTES = [
    ("POST", "/chat", {"query": "a"}),
    ("GET", "/tasks/{id}", None),
    ("GET", "/stream/{id}", None),
    ("POST", "/tasks/{id}/stop", None),
    ("POST", "/tasks/{id}/feedback", {"score": 1}),
    ("GET", "/sessions", None),
    ("GET", "/sessions/{id}", None),
    ("DELETE", "/sessions/{id}", None),
    ("GET", "/passages/polity/{id}", None),
]
NOBODYS = "0198d1f0-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Remote:
    """An API that reaches its database through a wire of ours."""

    line: DatabaseLine
    own: httpx.AsyncClient
    rows: engine.Pool


@pytest.fixture
async def remote(database: str) -> AsyncIterator[Remote]:
    """A remote database, an API and a student."""
    async with (
        DatabaseLine(database).running() as line,
        engine.open_pool(database, application="test", size=2) as rows,
    ):
        # Started and ended off the loop that carries its bytes.
        serving = service(line.dsn)
        url = await asyncio.to_thread(serving.__enter__)
        async with client(url, bearer("a student")) as own:
            yield Remote(line, own, rows)
        line.mend()
        await asyncio.to_thread(serving.__exit__, None, None, None)


async def test_readiness_names_what_is_missing_until_nothing_is(remote: Remote) -> None:
    told = [await _readiness(remote)]
    await remote.rows.execute("INSERT INTO queue_chat.procrastinate_workers (last_heartbeat) VALUES (now())")
    told.append(await _readiness(remote))
    await library.place(remote.rows)
    told.append(await _readiness(remote))
    await remote.rows.execute("UPDATE queue_chat.procrastinate_workers SET last_heartbeat = now() - interval '11 s'")
    told.append(await _readiness(remote))

    assert told == [(503, "no_worker"), (503, "no_content"), (200, "ready"), (503, "no_worker")]


@pytest.mark.parametrize("how", ["cut", "stall"])
async def test_without_a_database_readiness_says_so_within_3_seconds_and_liveness_stays(
    remote: Remote, how: str
) -> None:
    getattr(remote.line, how)()
    began = time.monotonic()
    told = await _readiness(remote)
    took = time.monotonic() - began

    assert told == (503, "database")
    assert took < 3
    assert (await remote.own.get("/healthz")).status_code == 200
    assert (await remote.own.get("/metrics")).status_code == 200


async def test_without_a_database_every_route_is_busy_and_works_again_afterwards(remote: Remote) -> None:
    before = [(await _call(remote, *route)).status_code for route in ROUTES]
    remote.line.cut()
    without = [await _call(remote, *route) for route in ROUTES]
    remote.line.mend()
    await asyncio.sleep(0.1)
    after = [(await _call(remote, *route)).status_code for route in ROUTES]

    assert [(one.status_code, one.json()["code"], "retry-after" in one.headers) for one in without] == [
        (503, "busy", True)
    ] * len(ROUTES)
    assert before == after
    assert before[0] == 202


async def test_connections_that_an_operator_ends_cost_at_most_one_request_each(remote: Remote) -> None:
    for route in ROUTES:
        await _call(remote, *route)
    # Nobody answers: more than two under way would be refused.
    await remote.rows.execute("TRUNCATE chat.tasks CASCADE")
    await remote.rows.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'prashna-api%'"
    )
    statuses = {(await _call(remote, *route)).status_code for route in ROUTES for _ in range(2)}

    assert statuses <= {200, 202, 204, 404, 503}


async def test_who_finds_no_free_connection_is_told_to_come_back_and_not_charged(remote: Remote) -> None:
    async with remote.rows.acquire() as holder, holder.transaction():
        await holder.execute("LOCK TABLE chat.rate_counters")
        # As many wait for the lock as the pool has connections; the others wait for them in vain.
        crowd = [asyncio.create_task(remote.own.post("/chat", json={"query": f"q {n}"})) for n in range(12)]
        done, waiting = await asyncio.wait(crowd, return_when=asyncio.FIRST_COMPLETED)
        assert waiting
        assert {one.result().status_code for one in done} == {503}
        assert all(one.result().headers["retry-after"] for one in done)
    statuses = [reply.status_code for reply in await asyncio.gather(*crowd)]
    used = await remote.rows.fetchval("SELECT sum(used) FROM chat.rate_counters")

    assert statuses.count(202) == used > 0


@pytest.mark.parametrize(
    "failure",
    [
        "PERFORM pg_terminate_backend(pg_backend_pid())",
        "RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'",
        "RAISE EXCEPTION 'too slow' USING ERRCODE = 'query_canceled'",
        "RAISE EXCEPTION 'a mistake of ours'",
    ],
)
async def test_a_question_that_could_not_be_enqueued_costs_nothing(remote: Remote, quiet: None, failure: str) -> None:
    await remote.rows.execute(
        "CREATE OR REPLACE FUNCTION chat.defer_answers(p_tasks uuid[]) RETURNS bigint[] LANGUAGE plpgsql AS"
        f" $$ BEGIN {failure}; RETURN array[1]; END $$"
    )
    response = await remote.own.post("/chat", json={"query": "a"})

    assert response.status_code in (500, 503)
    assert (response.status_code == 500) == ("a mistake" in failure)
    assert await remote.rows.fetchval("SELECT sum(used) FROM chat.rate_counters") == 0
    assert await remote.rows.fetchval("SELECT count(*) FROM chat.tasks") == 0


async def test_metrics_count_questions_and_requests_by_route_and_not_by_path(remote: Remote) -> None:
    for number in range(3):
        await remote.own.get(f"/tasks/{UUID(int=number)}")
        await remote.own.get(f"/nowhere/{number}")
    await remote.own.post("/chat", json={"query": "a"})
    text = (await remote.own.get("/metrics")).text

    assert 'prashna_questions_total{outcome="miss"}' in text
    assert 'route="/tasks/{task_id}",status="404"' in text
    assert "nowhere" not in text


async def _readiness(remote: Remote) -> tuple[int, str]:
    response = await remote.own.get("/readyz")
    body = response.json()
    return response.status_code, body.get("code") or body["status"]


async def _call(remote: Remote, method: str, path: str, body: dict[str, object] | None) -> httpx.Response:
    return await remote.own.request(method, path.format(id=NOBODYS), json=body)
