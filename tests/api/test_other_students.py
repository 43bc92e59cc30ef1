"""Another student's id is an unknown id: the same 404, whatever is done with it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
import pytest
from support import questions
from support.service import client
from support.students import bearer

from app.db import engine

OPERATIONS = [
    ("GET", "/tasks/{task}", None),
    ("GET", "/stream/{task}", None),
    ("POST", "/tasks/{task}/stop", None),
    ("POST", "/tasks/{task}/feedback", {"score": 1}),
    ("GET", "/sessions/{session}", None),
    ("DELETE", "/sessions/{session}", None),
    ("POST", "/chat", {"query": "And then?", "session_id": "{session}"}),
]


@dataclass(frozen=True)
class Theirs:
    """What another student has: a finished task and its session."""

    task: UUID
    session: UUID
    owner: httpx.AsyncClient


@pytest.fixture
async def theirs(api: str, rows: engine.Pool) -> AsyncIterator[Theirs]:
    """A question of another student, answered."""
    async with client(api, bearer(f"other-{uuid4()}")) as owner:
        body = (await owner.post("/chat", json={"query": "A secret question?"})).json()
        await questions.finish(rows, UUID(body["task_id"]), "A secret answer.")
        yield Theirs(UUID(body["task_id"]), UUID(body["session_id"]), owner)


@pytest.mark.parametrize(("method", "path", "body"), OPERATIONS)
@pytest.mark.parametrize("headers", [{}, {"Last-Event-ID": "1.1"}], ids=["", "with Last-Event-ID"])
async def test_what_is_another_students_is_not_there(
    own: httpx.AsyncClient,
    theirs: Theirs,
    method: str,
    path: str,
    body: dict[str, object] | None,
    headers: dict[str, str],
) -> None:
    answers = []
    for task, session in ((theirs.task, theirs.session), (uuid4(), uuid4())):
        names = {"task": str(task), "session": str(session)}
        sent = {key: value.format(**names) if isinstance(value, str) else value for key, value in (body or {}).items()}
        response = await own.request(method, path.format(**names), headers=headers, json=sent if body else None)
        answers.append((response.status_code, response.content))

    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert b"secret" not in answers[0][1]


async def test_nothing_a_stranger_tries_changes_the_task(own: httpx.AsyncClient, theirs: Theirs) -> None:
    before = (await theirs.owner.get(f"/tasks/{theirs.task}")).json()
    for method, path, body in OPERATIONS[:-1]:
        await own.request(method, path.format(task=theirs.task, session=theirs.session), json=body)

    assert (await theirs.owner.get(f"/tasks/{theirs.task}")).json() == before
    assert (await theirs.owner.get(f"/sessions/{theirs.session}")).status_code == 200


async def test_no_id_that_a_stream_tells_opens_anything_for_a_stranger(own: httpx.AsyncClient, theirs: Theirs) -> None:
    stream = (await theirs.owner.get(f"/stream/{theirs.task}")).text
    told = set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", stream)) | {str(theirs.session)}
    paths = [f"/{kind}/{one}" for one in told for kind in ("tasks", "stream", "sessions")]

    assert len(told) >= 2
    assert {(await own.get(path)).status_code for path in paths} == {404}


@pytest.mark.parametrize("bad", ["1", "x", "%00", "null", "../sessions", "a" * 5_000, "{}", "\u0661"])
async def test_what_is_no_id_is_not_there_either(own: httpx.AsyncClient, bad: str) -> None:
    for path in (f"/tasks/{bad}", f"/stream/{bad}", f"/sessions/{bad}", f"/passages/polity/{bad}"):
        assert (await own.get(path)).status_code in (404, 200 if bad == "../sessions" else 404)


async def test_a_list_of_sessions_is_the_students_own(own: httpx.AsyncClient, theirs: Theirs) -> None:
    mine = (await own.post("/chat", json={"query": "Mine"})).json()["session_id"]
    listed = (await own.get("/sessions")).json()["sessions"]
    turns = (await theirs.owner.get(f"/sessions/{theirs.session}")).json()["turns"]

    assert [(one["session_id"], one["title"]) for one in listed] == [(mine, "Mine")]
    assert [(turn["role"], turn["text"]) for turn in turns] == [
        ("user", "A secret question?"), ("assistant", "A secret answer."),
    ]  # fmt: skip


async def test_a_deleted_session_is_gone_with_its_turns(own: httpx.AsyncClient) -> None:
    mine = (await own.post("/chat", json={"query": "Mine"})).json()["session_id"]
    statuses = [
        (await own.delete(f"/sessions/{mine}")).status_code,
        (await own.get(f"/sessions/{mine}")).status_code,
        (await own.delete(f"/sessions/{mine}")).status_code,
        (await own.post("/chat", json={"query": "More", "session_id": mine})).status_code,
    ]

    assert statuses == [204, 404, 404, 404]
    assert (await own.get("/sessions")).json() == {"sessions": []}
