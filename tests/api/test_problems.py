"""Every error is a problem document, every response is guarded, and nothing of the inside is told."""

import json
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from support.service import client, service
from support.students import bearer

from app.api import problems
from app.db import engine

GUARDS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
PROBLEM_KEYS = {"type", "title", "status", "detail", "code"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/tasks/nothing", 404, "not_found"),
        ("GET", "/page/nothing.js", 404, "not_found"),
        ("GET", "/chat", 405, "method_not_allowed"),
        ("PUT", "/sessions", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("TRACE", "/chat", 405, "method_not_allowed"),
        ("POST", "/page/app.js", 405, "method_not_allowed"),
        ("POST", "/chat", 422, "invalid_request"),
        ("GET", f"/stream/0198d1f0-0000-7000-8000-000000000000?ticket={'x' * 201}", 422, "invalid_request"),
    ],
)
async def test_an_error_is_a_problem_document(
    own: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await own.request(method, path)
    body = response.json()

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert (set(body), body["status"], body["code"], body["type"]) == (
        PROBLEM_KEYS, status, code, f"urn:prashna:{code}",
    )  # fmt: skip
    _assert_guarded(response)


async def test_a_deadlock_is_busy() -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    async def deadlocked() -> None:
        raise asyncpg.DeadlockDetectedError("deadlock detected")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as asking:
        response = await asking.get("/")

    assert (response.status_code, response.json()["code"], response.headers["retry-after"]) == (503, "busy", "2")


@pytest.mark.parametrize("method", ["OPTIONS", "PATCH", "TRACE"])
async def test_a_405_says_what_is_allowed_by_all_routes_of_its_path(own: httpx.AsyncClient, method: str) -> None:
    paths = (await own.get("/openapi.json")).json()["paths"]
    expected = {path: {name.upper() for name in item} for path, item in paths.items()}
    expected |= {"/": {"GET"}, "/page/app.js": {"GET", "HEAD"}, "/openapi.json": {"GET", "HEAD"}}

    replies = {path: await own.request(method, path.replace("{", "").replace("}", "")) for path in expected}

    assert {reply.status_code for reply in replies.values()} == {405}
    assert {path: set(reply.headers["allow"].split(", ")) for path, reply in replies.items()} == expected


@pytest.mark.parametrize("path", ["/", "/page/app.js", "/healthz", "/metrics", "/openapi.json", "/sessions", "/readyz"])
async def test_every_response_is_guarded(own: httpx.AsyncClient, path: str) -> None:
    _assert_guarded(await own.get(path))


@pytest.mark.parametrize(
    "path", ["/page/../auth.py", "/page/%2e%2e/auth.py", "/page/..%2fauth.py", "/page//etc/passwd"]
)
async def test_nothing_beside_the_page_is_served(own: httpx.AsyncClient, path: str) -> None:
    assert (await own.get(path)).status_code == 404


async def test_the_page_and_what_it_loads_are_served_with_their_types(anybody: httpx.AsyncClient) -> None:
    page = await anybody.get("/")
    names = [part.partition('"')[0] for part in page.text.split('"/page/')[1:]]
    kinds = {name: (await anybody.get(f"/page/{name}")).headers["content-type"].partition(";")[0] for name in names}
    expected = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert {name.rpartition(".")[2] for name in names} >= {"js", "css"}
    assert kinds == {name: expected[name.rpartition(".")[2]] for name in names}


async def test_the_page_loads_nothing_from_elsewhere_and_has_no_inline_script(anybody: httpx.AsyncClient) -> None:
    page = (await anybody.get("/")).text

    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "<script>" not in page
    assert "<style" not in page
    assert " on" + "click=" not in page


async def test_the_openapi_document_has_every_route_of_the_contract(anybody: httpx.AsyncClient) -> None:
    document = json.loads((await anybody.get("/openapi.json")).content)
    found = {(method.upper(), path) for path, item in document["paths"].items() for method in item}

    assert found == {
        ("POST", "/chat"),
        ("GET", "/stream/{task_id}"),
        ("GET", "/tasks/{task_id}"),
        ("POST", "/tasks/{task_id}/stop"),
        ("POST", "/tasks/{task_id}/feedback"),
        ("GET", "/passages/{domain}/{parent_id}"),
        ("GET", "/sessions"),
        ("GET", "/sessions/{session_id}"),
        ("DELETE", "/sessions/{session_id}"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
    }


@pytest.fixture
async def broken(database: str, quiet: None) -> AsyncIterator[httpx.AsyncClient]:
    """An API over a database whose gate is gone."""
    connection = await engine.connect(database)
    name = await connection.fetchval("SELECT max(oid)::regprocedure::text FROM pg_proc WHERE proname = 'gate'")
    await connection.execute(f"ALTER FUNCTION {name} RENAME TO gone")
    await connection.close()
    with service(database) as url:
        async with client(url, bearer("a student")) as made:
            yield made


async def test_a_crash_inside_is_a_guarded_problem_that_tells_nothing(broken: httpx.AsyncClient) -> None:
    response = await broken.post("/chat", json={"query": "a"})
    metrics = (await broken.get("/metrics")).text

    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "gate" not in response.text
    _assert_guarded(response)
    assert 'prashna_request_seconds_count{route="/chat",status="500"}' in metrics


def _assert_guarded(response: httpx.Response) -> None:
    policy = response.headers["content-security-policy"]
    assert {name: response.headers.get(name) for name in GUARDS} == GUARDS
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "server" not in response.headers
