"""`prashna stop-models`, as an operator types it while workers work."""

import asyncio
import re

import httpx
from support.commands import Prashna
from support.event_reader import check_whole, events
from support.stack import Stack, task_id

QUESTION = "What is the minimum age to be elected President?"
OTHER = "Who was the first President of India?"


async def _answer(student: httpx.AsyncClient, question: str) -> dict[str, object]:
    return check_whole(await events(student, task_id(await student.post("/chat", json={"query": question}))))


async def _prashna(stack: Stack, prashna: Prashna, *arguments: str) -> str:
    said = await asyncio.to_thread(prashna, *arguments, DATABASE_URL=stack.dsn)
    assert (said.code, said.err) == (0, "")
    return said.out


async def test_workers_that_run_call_no_provider_until_it_is_lifted(stack: Stack, prashna: Prashna) -> None:
    async with stack.student() as student, stack.student() as other:
        first = await _answer(student, QUESTION)
        said = await _prashna(stack, prashna, "stop-models", "--reason", "the bill")
        calls = len(stack.provider.calls)
        stopped = await _answer(student, OTHER)
        hit = await other.post("/chat", json={"query": QUESTION})
        after = len(stack.provider.calls)
        lifted = [await _prashna(stack, prashna, "stop-models", "--resume") for _ in range(2)]
        again = await _answer(other, OTHER)

    assert re.fullmatch(r"No provider is called since .* UTC; undo with prashna stop-models --resume\n", said)
    assert (first["tier"], stopped["tier"], stopped["is_fallback"]) == ("primary", "extractive", True)
    assert (hit.status_code, hit.json()["answer"]["text"], after) == (200, first["text"], calls)
    assert lifted == ["Providers may be called again.\n", "Providers were not stopped.\n"]
    assert again["tier"] == "primary"


def test_an_unmade_database_is_said_in_one_line(prashna: Prashna) -> None:
    said = prashna("stop-models", PRASHNA_HOME="nothing-here")
    assert str(said.code).startswith("prashna: ")
    assert "\n" not in str(said.code)
