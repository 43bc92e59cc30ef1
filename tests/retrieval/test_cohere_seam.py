"""The Cohere seam through the real client: its order is used, and its failures cost order only."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from candidate_values import candidates, chunk, parent

from app.retrieval.calls import CallLog
from app.retrieval.fusion import fuse
from app.retrieval.passage import Passage
from app.retrieval.reranker import SECONDS, CohereReranker, FusedOrder
from app.simulator.behaviour import Behaviour

QUESTION = "How do rivers flood the plains?"
TEXTS = ["A money bill only imposes taxes.", "The oath of the President.", "Rivers flood the plains in the monsoon."]


@pytest.fixture
def passages() -> list[Passage]:
    """Three passages of which the last answers the question."""
    parents = [parent(n, header=f"Title {n}", text=text) for n, text in enumerate(TEXTS, 1)]
    chunks = [chunk(n, n, dense=1 - n / 10) for n in range(1, 4)]
    return [one.passage for one in fuse([candidates(chunks, parents)], dense_weight=0.7)]


@pytest.fixture
async def reranker(simulator: tuple[Behaviour, str]) -> AsyncIterator[CohereReranker]:
    """Pointed at a healthy provider."""
    simulator[0].reset()
    made = CohereReranker("unused", simulator[1].removesuffix("/v1"), "rerank-v3.5")
    yield made
    await made.close()


async def test_the_order_is_the_rerankers(reranker: CohereReranker, passages: list[Passage]) -> None:
    log = CallLog()
    ranked = await reranker.rerank(QUESTION, passages, log)
    assert ranked[0].text == TEXTS[2]
    assert sorted(passage.parent_id for passage in ranked) == sorted(passage.parent_id for passage in passages)
    assert [(call.node, call.model, call.outcome) for call in log.calls] == [("rerank", "rerank-v3.5", "ok")]


async def test_what_the_question_names_stays_in_front(reranker: CohereReranker, passages: list[Passage]) -> None:
    named = [passages[0], replace(passages[1], structured=True), passages[2]]
    ranked = await reranker.rerank(QUESTION, named, CallLog())
    assert [passage.text for passage in ranked] == [TEXTS[1], TEXTS[2], TEXTS[0]]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("rerank_dead", "provider"),
        ("rerank_limited", "provider_busy"),
        ("garbage", "provider"),
        ("html_502", "provider"),
        ("html_200", "provider"),
        ("unauthorized", "provider"),
        ("reset", "provider"),
        ("stall", "provider_timeout"),
    ],
)
async def test_a_failing_reranker_leaves_the_fused_order_without_a_retry(
    reranker: CohereReranker,
    passages: list[Passage],
    simulator: tuple[Behaviour, str],
    fault: str,
    outcome: str,
) -> None:
    behaviour, log = simulator[0], CallLog()
    behaviour.fault = fault
    assert await reranker.rerank(QUESTION, passages, log) == tuple(passages)
    assert [call.outcome for call in log.calls] == [outcome]
    assert log.calls[0].ms < (SECONDS + 1) * 1000
    assert (log.calls[0].cost == 0) is (outcome != "provider_timeout")
    assert len(behaviour.calls) == 1


async def test_one_passage_needs_no_call(
    reranker: CohereReranker, passages: list[Passage], simulator: tuple[Behaviour, str]
) -> None:
    assert await reranker.rerank(QUESTION, passages[:1], CallLog()) == (passages[0],)
    assert not simulator[0].calls


async def test_without_a_reranker_the_fused_order_stands(passages: list[Passage]) -> None:
    assert await FusedOrder().rerank(QUESTION, passages, CallLog()) == tuple(passages)
