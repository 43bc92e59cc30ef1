import threading
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import pytest
import structlog
from agent_samples import (
    DOMAINS,
    FIRST,
    MINIMUM_AGE,
    NAMESPACE,
    PRESIDENT,
    GivenPassages,
    Shelf,
    ask,
    finished,
    passage,
    shown,
)
from simulated_provider import Simulated

from app.agents import closing, followup, inert, instructions, picks, prompts, refusal
from app.agents.answer import PromptRef
from app.agents.ask import Ask
from app.agents.citations import sources
from app.agents.embedded_router import EmbeddedRouter
from app.agents.events import ChatEvent, RouteChosen, SourcesFound, StageReached, TextShown
from app.agents.exchange import Exchange
from app.agents.extractive import ExtractiveRung
from app.agents.instructor_router import InstructorRouter
from app.agents.model_rung import ModelRung
from app.agents.quotes import Quotes
from app.agents.route_model import RouteModel
from app.agents.rung import Rung
from app.agents.specialists.library import Library
from app.agents.turn import ChatTurn
from app.db.cache import CacheEntry
from app.errors import ProviderError
from app.retrieval.calls import CallLog
from app.retrieval.meaning import Meaning
from app.retrieval.passage import Passage
from app.retrieval.reranker import FusedOrder

PAST = (Exchange("Who was the first President?", "Rajendra Prasad. [1]"),)


@pytest.fixture
def build(embedded_router: EmbeddedRouter):
    def turn(
        retriever: GivenPassages | None = None,
        rungs: Sequence[Rung] = (ExtractiveRung(),),
        shelf: Shelf | None = None,
        **others: object,
    ) -> ChatTurn:
        given = {"router": embedded_router, "reranker": FusedOrder(), **others}
        return ChatTurn(
            library=Library(retriever or GivenPassages(), given.pop("reranker"), given.pop("rows", None)),
            rungs=rungs,
            lookup=(shelf or Shelf()).lookup,
            domains=DOMAINS,
            **given,
        )

    return turn


async def _run(turn: ChatTurn, asked: Ask) -> list[ChatEvent]:
    events = [event async for event in turn.run(asked)]
    assert finished(events).answer.text == shown(events)
    return events


async def test_a_turn_says_its_stages_route_sources_and_answer_in_order(build) -> None:
    events = await _run(build(), ask(MINIMUM_AGE))
    assert events[0] == StageReached("routing")
    assert isinstance(events[1], RouteChosen)
    assert events[2] == StageReached("retrieving")
    assert events[3] == SourcesFound(sources([PRESIDENT, FIRST]))
    assert events[4] == StageReached("writing")
    assert all(isinstance(event, TextShown) for event in events[5:-1])


async def test_the_extractive_answer_is_whole_and_cacheable(build) -> None:
    asked = ask(MINIMUM_AGE)
    end = finished(await _run(build(), asked))
    answer = end.answer
    assert (answer.task_id, answer.intent, answer.tier, answer.model) == (asked.task_id, "factual", "extractive", None)
    assert (answer.is_fallback, answer.refused, answer.stopped, answer.cached) == (False, False, False, False)
    assert answer.citations[0].parent_id == PRESIDENT.parent_id
    assert answer.prompt == PromptRef(name="factual", sha256=prompts.load("factual").sha256)
    assert (answer.usage.calls, answer.usage.cost) == (len(asked.log.calls), 0.0)
    assert answer.as_of is not None
    assert (end.cacheable, end.produced, end.namespaces) == (True, True, (NAMESPACE,))
    assert end.versions[0] == (PRESIDENT.domain, PRESIDENT.version_id, NAMESPACE)


async def test_without_evidence_it_refuses_before_anyone_writes(simulated: Simulated, build) -> None:
    retriever = GivenPassages(answerable=False, nearest=("Heat [1]", "<b>Metals</b>", "Rivers", "Fourth"))
    rungs = [ModelRung("primary", "gpt-4.1", simulated.provider, 1.0)]
    events = await _run(build(retriever, rungs), ask("What is the boiling point of mercury?"))
    end = finished(events)
    assert simulated.behaviour.asked("chat") == []
    assert (end.answer.refused, end.answer.citations, end.cacheable, end.produced) == (True, [], False, True)
    assert (end.answer.tier, end.answer.model, end.answer.is_fallback) == ("primary", None, False)
    assert end.answer.text.endswith("- Heat 1\n- b Metals /b\n- Rivers")
    assert SourcesFound(()) in events


async def test_a_model_answer_names_its_tier_model_and_price(simulated: Simulated, build) -> None:
    rungs = [ModelRung("primary", "gpt-4.1", simulated.provider, 1.0), ExtractiveRung()]
    end = finished(await _run(build(rungs=rungs), ask(MINIMUM_AGE)))
    answer = end.answer
    assert (answer.tier, answer.model, answer.is_fallback, end.cacheable) == ("primary", "gpt-4.1", False, True)
    assert answer.usage.tokens_out > 0
    assert answer.usage.cost is not None
    assert answer.usage.cost > 0


async def test_an_unknown_price_makes_the_cost_unknown(simulated: Simulated, build) -> None:
    rungs = [ModelRung("primary", "house-model", simulated.provider, 1.0)]
    assert finished(await _run(build(rungs=rungs), ask(MINIMUM_AGE))).answer.usage.cost is None


async def test_a_lower_rung_is_a_fallback_and_not_cached(simulated: Simulated, build) -> None:
    simulated.behaviour.fault = "server_error"
    rungs = [ModelRung("primary", "gpt-4.1", simulated.provider, 1.0), ExtractiveRung()]
    end = finished(await _run(build(rungs=rungs), ask(MINIMUM_AGE)))
    assert (end.answer.tier, end.answer.is_fallback, end.cacheable, end.produced) == ("extractive", True, False, True)


async def test_when_no_rung_answers_nothing_was_produced(simulated: Simulated, build) -> None:
    simulated.behaviour.fault = "server_error"
    rungs = [ModelRung("primary", "gpt-4.1", simulated.provider, 1.0)]
    end = finished(await _run(build(rungs=rungs), ask(MINIMUM_AGE)))
    assert (end.answer.tier, end.answer.text) == ("none", refusal.unavailable("en"))
    assert (end.answer.is_fallback, end.answer.citations, end.cacheable, end.produced) == (True, [], False, False)


async def test_search_without_an_embedding_is_a_fallback_and_not_cached(build) -> None:
    end = finished(await _run(build(GivenPassages(degraded=True)), ask(MINIMUM_AGE)))
    assert (end.answer.is_fallback, end.cacheable) == (True, False)


class _Away:
    """An embedder whose model fails."""

    name, dimensions = "minilm-int8", 384

    async def embed(self, texts: Sequence[str], log: CallLog | None = None) -> None:
        raise ProviderError("away")


async def test_while_the_embedder_is_away_the_turn_goes_on_as_a_fallback(build) -> None:
    class Shut(Shelf):
        async def lookup(self, question: str, *, language: str, relaxed: bool = False) -> CacheEntry | None:
            raise ProviderError("away")

    router = EmbeddedRouter(_Away(), DOMAINS, RouteModel.load())
    rungs = [ExtractiveRung(Meaning(_Away()))]
    with structlog.testing.capture_logs() as said:
        end = finished(await _run(build(router=router, rungs=rungs, shelf=Shut()), ask("How old must he be?", *PAST)))
    assert end.answer.text
    assert (end.answer.tier, end.answer.is_fallback, end.cacheable) == ("extractive", True, False)
    assert [line["event"] for line in said] == ["cache.not_asked", "route.not_embedded", "quotes.not_embedded"]


async def test_an_answer_that_a_model_wrote_with_the_session_before_it_is_not_cached(
    simulated: Simulated, build
) -> None:
    models = [ModelRung("primary", "gpt-4.1", simulated.provider, 1.0)]
    assert finished(await _run(build(rungs=models), ask(MINIMUM_AGE))).cacheable
    assert not finished(await _run(build(rungs=models), ask(MINIMUM_AGE, *PAST))).cacheable


async def test_quotes_for_a_follow_up_are_stored_under_its_standalone_form(build) -> None:
    end = finished(await _run(build(), ask("Until when did he hold office?", *PAST)))
    assert (end.cacheable, end.question) == (True, "Until when did the first President hold office")


async def test_a_follow_up_is_searched_in_words_of_its_own(build) -> None:
    retriever = GivenPassages()
    await _run(build(retriever), ask("Until when did he hold office?", *PAST))
    assert retriever.asked[0][0] == "Until when did the first President hold office"


async def test_the_models_rewriting_is_searched_with_its_own_fact_keys(
    simulated: Simulated, build, embedded_router
) -> None:
    retriever = GivenPassages()
    router = InstructorRouter(simulated.provider, "gpt-4.1-nano", DOMAINS, embedded_router)
    await _run(build(retriever, router=router), ask("What does Article 58 say of it?", *PAST))
    question, _, keys = retriever.asked[0]
    assert question == "What does Article 58 say of it?"
    assert "article:58" in keys


def _stored(question: str) -> Shelf:
    answer = closing.blank(ask(question), "factual", "primary").model_copy(update={"text": "Stored. [1]"})
    listed = [one.model_dump(mode="json") for one in sources([FIRST])]
    route = {"intent": "factual", "domains": ["polity"], "confidence": 0.8}
    return Shelf(CacheEntry(uuid4(), route, listed, answer.model_dump(mode="json")), question)


async def test_a_follow_up_whose_whole_form_is_stored_is_answered_from_the_cache(build) -> None:
    shelf = _stored("until when did the first president hold office")
    asked = ask("Until when did he hold office?", *PAST)
    events = await _run(build(shelf=shelf), asked)
    end = finished(events)
    assert (end.answer.tier, end.answer.cached, end.answer.is_fallback) == ("cache", True, False)
    assert end.answer.task_id == asked.task_id
    assert (end.answer.text, end.cacheable, asked.log.calls) == ("Stored. [1]", False, [])
    assert events[1:3] == [RouteChosen("factual", ("polity",), 0.8), SourcesFound(sources([FIRST]))]


async def test_a_question_without_history_does_not_ask_the_cache_again(build) -> None:
    end = finished(await _run(build(shelf=_stored("who was the first president")), ask("Who was the first President?")))
    assert not end.answer.cached


async def test_a_follow_up_without_a_subject_does_not_ask_the_cache(build) -> None:
    past = (Exchange("And then?", "…"),)
    end = finished(await _run(build(shelf=_stored("what about it")), ask("What about it?", *past)))
    assert not end.answer.cached


async def test_a_model_that_refuses_in_its_prompts_words_is_a_refusal(build) -> None:
    class Refuses(ExtractiveRung):
        async def open(self, assignment):
            draft = await super().open(assignment)

            async def text():
                yield refusal.MODEL_REFUSES

            return replace(draft, text=text())

    end = finished(await _run(build(rungs=[Refuses()]), ask(MINIMUM_AGE)))
    assert (end.answer.refused, end.answer.citations, end.cacheable) == (True, [], False)


async def test_the_rerankers_order_numbers_the_sources(build) -> None:
    class Reversed(FusedOrder):
        async def rerank(self, question: str, passages: Sequence[Passage], log: CallLog) -> tuple[Passage, ...]:
            return tuple(reversed(passages))

    events = await _run(build(reranker=Reversed()), ask(MINIMUM_AGE))
    assert SourcesFound(sources([FIRST, PRESIDENT])) in events


async def test_a_hindi_question_is_refused_in_hindi(build) -> None:
    end = finished(await _run(build(GivenPassages(answerable=False)), ask("पारे का क्वथनांक क्या है?")))
    assert end.answer.text == refusal.not_found("hi", ())


def test_a_stopped_turn_keeps_what_was_shown_and_its_citations() -> None:
    answer = closing.stopped(ask(MINIMUM_AGE), "factual", "extractive", "Half. [2]", sources([PRESIDENT, FIRST]))
    assert (answer.stopped, answer.text, answer.refused) == (True, "Half. [2]", False)
    assert [one.parent_id for one in answer.citations] == [FIRST.parent_id]


async def test_what_takes_long_leaves_the_event_loop_to_others(build, embedded_router, monkeypatch) -> None:
    threads: dict[str, set[int]] = {}

    def watched(module: object, name: str) -> None:
        given = getattr(module, name)

        def seen(*args, **options):
            threads.setdefault(name, set()).add(threading.get_ident())
            return given(*args, **options)

        monkeypatch.setattr(module, name, seen)

    for module, name in ((inert, "retrieved"), (picks, "asked"), (picks, "ranked"), (Quotes, "answer")):
        watched(module, name)
    rungs = [ExtractiveRung(Meaning(embedded_router._embedder))]
    await _run(build(rungs=rungs), ask(MINIMUM_AGE))
    assert threads.keys() == {"retrieved", "asked", "ranked", "answer"}
    assert threading.get_ident() not in set().union(*threads.values())


async def test_a_follow_up_is_completed_once_and_a_passage_read_once(build, monkeypatch) -> None:
    completed, read = [], []
    complete, without = followup._completed, instructions.without
    monkeypatch.setattr(followup, "_completed", lambda *given: completed.append(given[0]) or complete(*given))
    monkeypatch.setattr(
        instructions, "without", lambda text, **how: read.append((text, *how.values())) or without(text, **how)
    )
    page = passage("A page that no other test has", "Hardly anything is said on it. It is read once, however often.")
    asked = "And until when did he hold that office, in the end?"
    for _ in range(2):
        await _run(build(GivenPassages((page,))), ask(asked, *PAST))
    assert completed == [PAST[0].question, asked]
    assert read.count((page.text, True)) == 1
