"""GET /passages: the text behind a citation, for every student, as long as there is a citation."""

import json
from uuid import UUID, uuid4

import httpx
import pytest
from support import library, questions

from app.db import engine


@pytest.mark.parametrize(("status", "live"), [("live", True), ("ended", False), ("withdrawn", False)])
async def test_a_cited_passage_can_be_opened(
    own: httpx.AsyncClient, rows: engine.Pool, status: str, live: bool
) -> None:
    placed = await library.place(rows, status=status)
    response = await own.get(f"/passages/polity/{placed.parent_id}")

    assert response.status_code == 200
    assert response.json() == {
        "domain": "polity",
        "parent_id": str(placed.parent_id),
        "document_id": str(placed.document_id),
        "version": 1,
        "title": "Article 19",
        "locator": "Article 19",
        "text": "All citizens shall have the right to freedom of speech.",
        "effective_from": "1950-01-26",
        "effective_to": None,
        "live": live,
    }


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
async def test_what_never_was_live_is_not_there(own: httpx.AsyncClient, rows: engine.Pool, status: str) -> None:
    placed = await library.place(rows, status="draft")
    await library.set_status(rows, placed, status)

    assert (await own.get(f"/passages/polity/{placed.parent_id}")).status_code == 404


@pytest.mark.parametrize("status", ["ended", "withdrawn", "draft"])
async def test_the_citations_of_an_old_answer_open_the_text_that_it_cited(
    own: httpx.AsyncClient, rows: engine.Pool, status: str
) -> None:
    placed = await library.place(rows)
    task = UUID((await own.post("/chat", json={"query": "What is Article 19?"})).json()["task_id"])
    await questions.finish(rows, task)
    cites = questions.answer(task, citation=placed.citation)
    await rows.execute("UPDATE chat.tasks SET answer = $2 WHERE id = $1", task, json.dumps(cites))
    before = (await own.get(f"/tasks/{task}")).json()

    await library.set_status(rows, placed, status)
    await library.place(rows)

    assert (await own.get(f"/tasks/{task}")).json() == before
    [citation] = before["citations"]
    opened = (await own.get(f"/passages/{citation['domain']}/{citation['parent_id']}")).json()
    assert (opened["document_id"], opened["version"]) == (citation["document_id"], citation["version"])
    assert opened["text"].startswith(citation["snippet"])
    assert not opened["live"]


@pytest.mark.parametrize(
    "domain", ["history", "nowhere", "pg_catalog", "catalog", "POLITY", "polity.parents", "polity%00", "%22%3B--",
               "polity%22%3B%20DROP%20SCHEMA%20polity%3B--", "polity%0A", "x" * 3_000, "%F0%9F%98%80"]
)  # fmt: skip
async def test_a_domain_that_is_none_is_not_there(own: httpx.AsyncClient, rows: engine.Pool, domain: str) -> None:
    placed = await library.place(rows)
    response = await own.get(f"/passages/{domain}/{placed.parent_id}")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_an_unknown_passage_is_not_there(own: httpx.AsyncClient) -> None:
    assert (await own.get(f"/passages/polity/{uuid4()}")).status_code == 404
