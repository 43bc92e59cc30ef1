"""From HTTP to the model and back through the real openai, instructor and cohere clients, fault by fault."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from support.event_reader import Event, check_whole, events
from support.stack import Stack, task_id, until

from app.simulator import faults
from app.simulator.deliveries import Deliver
from app.simulator.exchange import Exchange
from app.simulator.reply import Reply

QUESTION = "What is the minimum age to be elected President?"
PRIMARY, SECONDARY, ROUTER = "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano"


async def _ask(student: httpx.AsyncClient, question: str = QUESTION) -> tuple[UUID, list[Event], dict[str, Any]]:
    """The task, all its events, its answer; nothing lost and nothing doubled on the way."""
    task = task_id(await student.post("/chat", json={"query": question}))
    seen = await events(student, task)
    answer = check_whole(seen)
    assert (await student.get(f"/tasks/{task}")).json() == answer
    return task, seen, answer


async def _calls(stack: Stack, task: UUID) -> dict[str, list[tuple[str, str]]]:
    """(model, outcome) of this task's calls, by node, in the order they were made.

    They are written just after the answer, so that the reader does not wait for the books.
    """
    all_there = """SELECT count(*) = max((answer -> 'usage' ->> 'calls')::integer)
                   FROM chat.tasks t JOIN ops.llm_calls c ON c.task_id = t.id WHERE t.id = $1"""
    await until(lambda: stack.pool.fetchval(all_there, task), 5, "its calls are in the books")
    rows = await stack.pool.fetch("SELECT node, model, outcome FROM ops.llm_calls WHERE task_id = $1 ORDER BY id", task)
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["node"], []).append((row["model"], row["outcome"]))
    return found


async def _entries(stack: Stack) -> int:
    return await stack.pool.fetchval("SELECT count(*) FROM cache.entries")


async def test_a_generative_answer_is_cited_named_and_accounted_for(stack: Stack) -> None:
    async with stack.student() as student:
        task, _, answer = await _ask(student)
    assert (answer["tier"], answer["model"], answer["is_fallback"], answer["refused"]) == (
        "primary",
        PRIMARY,
        False,
        False,
    )
    assert "thirty-five" in answer["text"]
    assert "Article 58. Qualifications for election as President" in [one["title"] for one in answer["citations"]]
    calls = await _calls(stack, task)
    row = await stack.pool.fetchrow(
        "SELECT sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out, sum(cost) AS cost, count(*) AS calls"
        " FROM ops.llm_calls WHERE task_id = $1",
        task,
    )
    usage = dict(row)
    assert usage["cost"] > 0
    usage["cost"] = pytest.approx(float(Decimal(usage["cost"])))
    assert answer["usage"] == usage
    assert calls["answer"] == [(PRIMARY, "ok")]
    # The embedded router is sure of this one.
    assert "route" not in calls
    assert calls["rerank"] == [("rerank-v3.5", "ok")]


@pytest.mark.parametrize("fault", ["server_error", "rate_limited", "unauthorized", "html_502", "reset", "empty"])
async def test_a_primary_that_fails_before_its_first_token_is_replaced_silently(stack: Stack, fault: str) -> None:
    stack.provider.faults[PRIMARY] = fault
    async with stack.student() as student:
        task, seen, answer = await _ask(student)
    assert (answer["tier"], answer["model"], answer["is_fallback"]) == ("secondary", SECONDARY, True)
    assert {event.attempt for event in seen} == {1}
    assert "restart" not in [event.name for event in seen]
    assert await stack.pool.fetchval("SELECT attempt FROM chat.tasks WHERE id = $1", task) == 1
    assert [model for model, _ in (await _calls(stack, task))["answer"]] == [PRIMARY, SECONDARY]
    assert await _entries(stack) == 0


async def test_when_both_models_fail_the_passages_are_quoted(stack: Stack) -> None:
    stack.provider.faults |= {PRIMARY: "server_error", SECONDARY: "rate_limited"}
    async with stack.student() as student:
        _, seen, answer = await _ask(student)
    assert (answer["tier"], answer["model"], answer["is_fallback"]) == ("extractive", None, True)
    assert answer["citations"]
    assert {event.attempt for event in seen} == {1}
    assert await _entries(stack) == 0


async def _reset_late(exchange: Exchange, reply: Reply) -> None:
    await _some_sentences(exchange, reply)
    exchange.reset()


async def _ended_late(exchange: Exchange, reply: Reply) -> None:
    await _some_sentences(exchange, reply)
    await exchange.end()


async def _some_sentences(exchange: Exchange, reply: Reply) -> None:
    await exchange.start(200, reply.content_type)
    for piece in reply.beginning(60):
        await exchange.write(piece)
    await asyncio.sleep(0.2)


@pytest.mark.parametrize("broken", [_reset_late, _ended_late])
@pytest.mark.parametrize(("below", "tier"), [(None, "secondary"), ("server_error", "extractive")])
async def test_a_primary_that_fails_after_shown_words_restarts_and_one_attempt_is_stored(
    stack: Stack, monkeypatch, broken: Deliver, below: str | None, tier: str
) -> None:
    monkeypatch.setitem(faults.FAULTS, "late", faults.Fault(broken))
    stack.provider.faults |= {PRIMARY: "late", SECONDARY: below}
    async with stack.student() as student:
        task, seen, answer = await _ask(student)
    assert (answer["tier"], answer["is_fallback"]) == (tier, True)
    void = [event for event in seen if event.attempt == 1]
    second = [event.name for event in seen if event.attempt == 2 and event.name != "token"]
    assert "token" in [event.name for event in void]
    assert second == ["restart", "route", "sources", "done"]
    assert next(event.data for event in seen if event.name == "restart") == {"attempt": 2, "reason": "primary_failed"}
    turn = await stack.pool.fetchval("SELECT text FROM chat.turns WHERE task_id = $1 AND role = 'assistant'", task)
    assert turn == answer["text"]
    assert await _entries(stack) == 0


async def test_routing_garbage_falls_back_to_the_embedded_router(stack: Stack) -> None:
    async with stack.student() as student:
        for fault in ("invalid_schema", "garbage", "html_200", "empty", "server_error", "stall"):
            stack.provider.faults[ROUTER] = fault
            # Five in a row, and the router would not be asked any more.
            await stack.forget_failures()
            task, seen, answer = await _ask(student, f"How would you open a piece on climate diplomacy, {fault}?")
            assert (answer["intent"], answer["tier"]) == ("essay", "primary"), fault
            assert seen[1].data["domains"] == ["essay_content", "essay_structure"], fault
            ((model, outcome),) = (await _calls(stack, task))["route"]
            assert (model, outcome != "ok") == (ROUTER, True), fault


async def test_the_rerankers_order_numbers_the_sources(stack: Stack) -> None:
    async with stack.student() as student:
        _, seen, _ = await _ask(student)
    asked = next(request for request in stack.provider.requests if "documents" in request)
    best = await _simulated_order(stack, asked)
    titles = [source["title"] for source in seen[3].data]
    assert titles == [asked["documents"][at].split("\n")[0] for at in best[:5]]
    assert best != sorted(best)


async def _simulated_order(stack: Stack, request: dict[str, Any]) -> list[int]:
    """What the provider answers to this very request, asked by ourselves."""
    url = stack.environment["COHERE_BASE_URL"] + "/v2/rerank"
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.post(url, json=dict(request))
    return [one["index"] for one in reply.json()["results"]]


@pytest.mark.parametrize("fault", ["rerank_dead", "rerank_limited", "stall"])
async def test_without_the_reranker_the_fused_order_stands(stack: Stack, fault: str) -> None:
    stack.provider.faults["rerank"] = fault
    async with stack.student() as student:
        task, seen, answer = await _ask(student)
    asked = next(request for request in stack.provider.requests if "documents" in request)
    fused = [document.split("\n")[0] for document in asked["documents"]][:5]
    assert [source["title"] for source in seen[3].data] == fused
    assert answer["tier"] == "primary"
    assert [outcome != "ok" for _, outcome in (await _calls(stack, task))["rerank"]] == [True]


async def test_nul_and_half_characters_of_a_model_are_stored_cleanly(stack: Stack) -> None:
    stack.provider.faults[PRIMARY] = "nul"
    async with stack.student() as student:
        _, _, answer = await _ask(student)
    assert answer["tier"] == "primary"
    assert not {"\x00", "\ud800"} & set(answer["text"])
    assert "eligible" in answer["text"]


async def test_a_model_that_splits_characters_between_packets_is_read_whole(stack: Stack) -> None:
    async with stack.student() as student:
        _, _, plain = await _ask(student)
        await stack.pool.execute("TRUNCATE cache.entries, cache.entry_sources, cache.entry_hits")
        stack.provider.faults[PRIMARY] = "split_bytes"
        _, _, split = await _ask(student)
    assert split["text"] == plain["text"]


async def test_the_second_identical_question_is_a_hit_and_calls_nobody(stack: Stack) -> None:
    async with stack.student() as student, stack.student() as other:
        _, _, first = await _ask(student)
        assert await _entries(stack) == 1
        calls = len(stack.provider.calls)
        hit = await other.post("/chat", json={"query": QUESTION})
        assert (hit.status_code, hit.json()["cached"]) == (200, True)
        answer = hit.json()["answer"]
        assert (answer["text"], answer["citations"]) == (first["text"], first["citations"])
        assert answer["usage"] == {"tokens_in": 0, "tokens_out": 0, "cost": 0, "calls": 0}
        assert len(stack.provider.calls) == calls
        assert hit.json()["quota"]["remaining"] == 99


async def test_a_question_without_evidence_is_refused_without_asking_a_model_to_answer(stack: Stack) -> None:
    async with stack.student() as student:
        _, _, answer = await _ask(student, "What is the boiling point of mercury?")
    assert (answer["refused"], answer["citations"]) == (True, [])
    assert stack.provider.asked("chat", PRIMARY) == []
    assert await _entries(stack) == 0
