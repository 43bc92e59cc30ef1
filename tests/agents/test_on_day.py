"""What a model is asked, and what stands before its answer, for a question as on some day."""

from dataclasses import replace
from datetime import date

from agent_samples import DOMAINS, PRESIDENT, GivenPassages, Shelf, ask, finished, shown
from simulated_provider import Simulated

from app.agents.embedded_router import EmbeddedRouter
from app.agents.model_rung import ModelRung
from app.agents.specialists.library import Library
from app.agents.turn import ChatTurn
from app.retrieval.reranker import FusedOrder


async def test_the_model_gets_the_question_without_the_day_and_the_answer_says_it(
    simulated: Simulated, embedded_router: EmbeddedRouter
) -> None:
    retriever = GivenPassages((replace(PRESIDENT, effective_from=date(1950, 1, 26)),))
    turn = ChatTurn(
        router=embedded_router,
        library=Library(retriever, FusedOrder(), None),
        rungs=[ModelRung("primary", "gpt-4.1", simulated.provider, 10.0)],
        lookup=Shelf().lookup,
        domains=DOMAINS,
    )
    question = "What is the minimum age to be elected President as on 1 January 2020?"
    events = [event async for event in turn.run(ask(question))]
    end = finished(events)
    assert {asked for asked, *_ in retriever.asked} == {"What is the minimum age to be elected President?"}
    [sent] = simulated.behaviour.requests
    assert sent["messages"][-1]["content"].endswith("Question: What is the minimum age to be elected President?")
    assert "as they held on 1 January 2020" in sent["messages"][0]["content"]
    assert shown(events).startswith("As on 1 January 2020:\n\n")
    assert (end.answer.tier, end.answer.as_of, end.cacheable) == ("primary", date(2020, 1, 1), False)
    assert end.withheld == 0
