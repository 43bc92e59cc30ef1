"""Every fault of the simulated provider, at every place where one is called, under deadlines cut down to size."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from agent_samples import DOMAINS, MINIMUM_AGE
from answering_here import Desk, open_desk
from simulated_provider import Simulated
from support.bad_addresses import nameless, refusing, unreachable
from support.event_reader import Event

from app.agents import turn
from app.agents.embedded_router import EmbeddedRouter
from app.agents.extractive import ExtractiveRung
from app.agents.instructor_router import InstructorRouter
from app.agents.model_rung import ModelRung
from app.retrieval import openai_provider
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedders
from app.retrieval.openai_embedder import OpenAIEmbedder
from app.retrieval.openai_provider import OpenAIProvider
from app.retrieval.reranker import CohereReranker
from app.simulator.faults import FAULTS

# Answers that are whole in spite of it.
HARMLESS = {"split_bytes", "nul", "embeddings_dead", "embeddings_limited", "rerank_dead", "rerank_limited",
            "invalid_schema"}  # fmt: skip
# A body that is not streamed comes whole or not at all, and a script cannot spoil vectors or orders.
HARMLESS_BODY = HARMLESS | {"huge_chunk"}
ADDRESSES = ("no_name", "no_listener", "no_tls", "no_connection")
ALL = (*FAULTS, *ADDRESSES)
# As many turns at once as leave the deadlines to the provider and not to the processor.
AT_ONCE = 6


@dataclass(frozen=True)
class Addresses:
    """One provider at each bad address, and the good one for every other fault."""

    good: OpenAIProvider
    bad: dict[str, OpenAIProvider]

    def of(self, fault: str) -> OpenAIProvider:
        return self.bad.get(fault, self.good)


@pytest.fixture(autouse=True)
def _cut_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seconds of routers, embeddings and rerankers are few as they are."""
    monkeypatch.setattr(openai_provider, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(turn, "WHOLE_SECONDS", 30.0)


@pytest.fixture
async def addresses(simulated: Simulated, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Addresses]:
    nameless(monkeypatch)
    async with unreachable() as nowhere:
        urls = {
            "no_name": "http://provider.invalid/v1",
            "no_listener": refusing(),
            "no_tls": str(simulated.provider.client.base_url).replace("http:", "https:"),
            "no_connection": nowhere,
        }
        bad = {name: OpenAIProvider("unused", url) for name, url in urls.items()}
        yield Addresses(simulated.provider, bad)
        for provider in bad.values():
            await provider.close()


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    async with open_desk(database) as opened:
        yield opened


def _rungs(primary: tuple[OpenAIProvider, str], secondary: tuple[OpenAIProvider, str]) -> list[Any]:
    return [_rung("primary", *primary), _rung("secondary", *secondary), ExtractiveRung()]


def _rung(tier: Any, provider: OpenAIProvider, model: str) -> ModelRung:
    # A busy machine must not make a healthy one late.
    first_token, gap = (10.0, 15.0) if model in HARMLESS | {"well"} else (1.5, 0.6)
    return ModelRung(tier, model, provider, first_token, gap)


async def _each(faults: Sequence[str], walk: Any) -> dict[str, Any]:
    """What `walk` gives for each fault, a few at a time."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(fault: str) -> Any:
        async with room, asyncio.timeout(45):
            return await walk(fault)

    return dict(zip(faults, await asyncio.gather(*map(one, faults)), strict=True))


async def test_a_primary_with_any_fault_leaves_one_whole_answer_of_the_right_tier(
    desk: Desk, simulated: Simulated, addresses: Addresses, embedded_router: EmbeddedRouter
) -> None:
    async def walk(fault: str) -> tuple[list[Event], dict[str, Any]]:
        simulated.behaviour.faults |= {fault: fault if fault in FAULTS else None}
        rungs = _rungs((addresses.of(fault), fault), (addresses.good, "well"))
        return await desk.answer(desk.turn(embedded_router, rungs))

    found = await _each(ALL, walk)
    tiers = {fault: answer["tier"] for fault, (_, answer) in found.items()}
    assert len(ALL) >= 18
    assert tiers == {fault: "primary" if fault in HARMLESS else "secondary" for fault in ALL}
    for fault, (seen, answer) in found.items():
        assert (answer["is_fallback"], answer["refused"]) == (fault not in HARMLESS, False), fault
        assert "thirty-five" in answer["text"], fault
        restarts = [event.data for event in seen if event.name == "restart"]
        assert restarts == [{"attempt": 2, "reason": "primary_failed"}] * (seen[-1].attempt - 1), fault


async def test_a_secondary_with_any_fault_behind_a_dead_primary_leaves_quotes(
    desk: Desk, simulated: Simulated, addresses: Addresses, embedded_router: EmbeddedRouter
) -> None:
    simulated.behaviour.faults["dead"] = "server_error"

    async def walk(fault: str) -> tuple[list[Event], dict[str, Any]]:
        simulated.behaviour.faults |= {fault: fault if fault in FAULTS else None}
        rungs = _rungs((addresses.good, "dead"), (addresses.of(fault), fault))
        return await desk.answer(desk.turn(embedded_router, rungs))

    found = await _each(ALL, walk)
    tiers = {fault: answer["tier"] for fault, (_, answer) in found.items()}
    assert tiers == {fault: "secondary" if fault in HARMLESS else "extractive" for fault in ALL}
    assert all(answer["is_fallback"] and answer["citations"] for _, answer in found.values())


async def test_a_burst_of_errors_is_over_when_it_is_over(
    desk: Desk, simulated: Simulated, embedded_router: EmbeddedRouter
) -> None:
    simulated.behaviour.faults["bursting"] = "server_error"
    simulated.behaviour.burst["bursting"] = 5
    rungs = _rungs((simulated.provider, "bursting"), (simulated.provider, "well"))
    tiers = [(await desk.answer(desk.turn(embedded_router, rungs)))[1]["tier"] for _ in range(7)]
    assert tiers == ["secondary"] * 5 + ["primary"] * 2


async def test_a_router_with_any_fault_leaves_the_route_to_the_embedded_one(
    simulated: Simulated, addresses: Addresses, embedded_router: EmbeddedRouter
) -> None:
    async def walk(fault: str) -> tuple[str, str]:
        simulated.behaviour.faults |= {fault: fault if fault in FAULTS else None}
        log = CallLog()
        asked = InstructorRouter(addresses.of(fault), fault, DOMAINS, embedded_router)
        route = await asked.route(MINIMUM_AGE, (), log)
        return route.standalone_question, next(call.outcome for call in log.calls if call.node == "route")

    found = await _each(ALL, walk)
    assert {said for said, _ in found.values()} == {MINIMUM_AGE}
    well = {fault for fault, (_, outcome) in found.items() if outcome == "ok"}
    assert well == HARMLESS_BODY - {"invalid_schema"}


async def test_embeddings_with_any_fault_leave_the_question_without_a_vector(
    simulated: Simulated, addresses: Addresses
) -> None:
    async def walk(fault: str) -> list[float] | None:
        simulated.behaviour.faults |= {fault: fault if fault in FAULTS else None}
        embedder = OpenAIEmbedder(addresses.of(fault), fault, 384)
        return (await Embedders([embedder]).by_model("a question", [fault], CallLog()))[fault]

    found = await _each(ALL, walk)
    without = {fault for fault, vector in found.items() if vector is None}
    assert without == set(ALL) - _only("chat") - _only("rerank") - {"split_bytes", "huge_chunk"}


async def test_a_reranker_with_any_fault_leaves_the_fused_order(
    desk: Desk, simulated: Simulated, addresses: Addresses, embedded_router: EmbeddedRouter
) -> None:
    async def walk(fault: str) -> tuple[str, dict[str, Any]]:
        simulated.behaviour.faults |= {fault: fault if fault in FAULTS else None}
        url = str(addresses.of(fault).client.base_url).removesuffix("/").removesuffix("/v1")
        made = CohereReranker("unused", url, fault)
        rungs = _rungs((addresses.good, "well"), (addresses.good, "well"))
        task = await desk.accept()
        _, answer = await desk.answer(desk.turn(embedded_router, rungs, made), task)
        await made.close()
        rows = await desk.resources.pool.fetch(
            "SELECT outcome FROM ops.llm_calls WHERE task_id = $1 AND node = 'rerank'", task
        )
        return rows[0]["outcome"], answer

    found = await _each(ALL, walk)
    assert {answer["tier"] for _, answer in found.values()} == {"primary"}
    well = {fault for fault, (outcome, _) in found.items() if outcome == "ok"}
    assert well == _only("chat") | _only("embeddings") | {"split_bytes", "huge_chunk"}


def _only(kind: str) -> set[str]:
    """The faults that touch this kind of call alone."""
    return {name for name, fault in FAULTS.items() if fault.kinds == frozenset({kind})}
