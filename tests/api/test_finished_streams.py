"""The stream of a finished task, told from its row: whatever the text is, it comes through unchanged."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from support import questions

from app.db import engine

TEXTS = {
    "line ends": "one\r\ntwo\rthree\n\nfour",
    "separators": "one\u2028two\u2029three\x85four\x0bfive",
    "an event in it": "data: x\nid: 9.9\nevent: done\n\n: comment",
    "JSON in it": '{"answer": "\\u0000"} \\ " \' </script>',
    "Devanagari": "संविधान का अनुच्छेद क्\u200dष 😀",
    "nothing": "",
    "long": "A sentence of the answer. " * 4_000,
}


@pytest.mark.parametrize("name", TEXTS)
async def test_an_answers_text_comes_through_unchanged(own: httpx.AsyncClient, rows: engine.Pool, name: str) -> None:
    task = (await own.post("/chat", json={"query": "a"})).json()["task_id"]
    await questions.finish(rows, UUID(task), TEXTS[name])
    events = _events((await own.get(f"/stream/{task}")).content)
    answer = (await own.get(f"/tasks/{task}")).json()

    assert [event for _, event, _ in events] == ["restart", "route", "sources", "token", "done"]
    assert [id_ for id_, _, _ in events] == [f"2.{seq}" for seq in range(1, 6)]
    assert events[3][2]["text"] == TEXTS[name] == answer["text"]
    assert events[4][2]["answer"] == answer


async def test_a_client_that_saw_the_end_gets_204(own: httpx.AsyncClient, rows: engine.Pool) -> None:
    task = (await own.post("/chat", json={"query": "a"})).json()["task_id"]
    await questions.finish(rows, UUID(task))
    # The end as the worker's last chunk had it, and as the row tells it.
    for last in ("1.4", "2.5"):
        response = await own.get(f"/stream/{task}", headers={"Last-Event-ID": last})

        assert (response.status_code, response.content) == (204, b"")


async def test_a_stream_is_not_stored_on_its_way(own: httpx.AsyncClient, rows: engine.Pool) -> None:
    task = (await own.post("/chat", json={"query": "a"})).json()["task_id"]
    await questions.finish(rows, UUID(task))
    headers = (await own.get(f"/stream/{task}")).headers

    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-store, no-transform"
    assert headers["x-accel-buffering"] == "no"


def _events(stream: bytes) -> list[tuple[str, str, Any]]:
    """Id, event and data of each; a line ends with LF and nothing else."""
    found = []
    for block in stream.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and line[0] not in ":r")
        if fields:
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found
