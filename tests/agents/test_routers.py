import json
import time

import numpy as np
import pytest
from agent_samples import DOMAINS, MINIMUM_AGE
from simulated_provider import Simulated

from app.agents.answer import Intent
from app.agents.embedded_router import EmbeddedRouter
from app.agents.exchange import Exchange
from app.agents.instructor_router import InstructorRouter
from app.agents.route_model import INTENTS, RouteModel, load_examples, signature
from app.agents.supervisor import Route, known_domains
from app.agents.topics import MOST, NOTHING, openings
from app.retrieval.calls import CallLog

MODEL = "gpt-4.1-nano"


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("What is the 73rd Constitutional Amendment?", "factual"),
        ("Explain the doctrine of basic structure.", "factual"),
        ("What is the minimum age to be elected President?", "factual"),
        ("Which freedoms does Article 19 give?", "factual"),
        ("Essay structure: climate diplomacy 250 words", "essay"),
        ("Write an essay on the dignity of labour", "essay"),
        ("Previous year questions on monetary policy 2023", "pyq"),
        ("UPSC 2022 GS2 questions on judiciary", "pyq"),
        ("What is the latest on the G20?", "current_affairs"),
    ],
)
async def test_the_embedded_router_knows_its_intents(
    embedded_router: EmbeddedRouter, question: str, intent: Intent
) -> None:
    route = await embedded_router.route(question, (), CallLog())
    assert (route.intent, route.standalone_question) == (intent, question)
    assert not route.domains or set(route.domains) & set(DOMAINS[intent])


def test_the_stored_model_is_of_these_examples_and_cues() -> None:
    assert RouteModel.load().fitted_on == signature(), "run python -m evals.fit_router"


def test_a_model_in_a_file_is_the_model_that_was_dumped() -> None:
    model = RouteModel.load()
    rows = {row["name"]: row["values"] for row in map(json.loads, model.dump().splitlines())}
    assert np.array_equal(np.array(rows["intent"]), model.intent)
    assert model.intent.shape[1] == len(INTENTS)


def test_the_examples_are_many_and_none_comes_twice() -> None:
    queries = [example.query.casefold() for example in load_examples()]
    assert len(set(queries)) == len(queries) >= 450


async def test_an_unsure_route_looks_where_both_intents_would(embedded_router: EmbeddedRouter) -> None:
    route = await embedded_router.route("What is the new data protection law?", (), CallLog())
    assert {"current_affairs", "polity"} <= set(route.domains)


async def test_the_embedded_router_completes_a_follow_up(embedded_router: EmbeddedRouter) -> None:
    past = (Exchange("What is a money bill?", "A money bill is one that …"),)
    route = await embedded_router.route("And who certifies it?", past, CallLog())
    assert route.standalone_question == "Who certifies a money bill?"


AXES = np.eye(384, dtype=np.float32)


@pytest.mark.parametrize(
    ("question", "pull"),
    [(AXES[0], MOST), (AXES[1], 0.0), ((AXES[0] + AXES[1]) / np.sqrt(2), 0.0)],
    ids=["a news document is nearer", "one of facts is nearer", "both are as near"],
)
def test_content_pulls_to_the_news_only_what_a_news_document_is_nearer_to(question, pull: float) -> None:
    held = openings([AXES[0].tolist()], [AXES[1].tolist()])
    assert held.pull(question) == pytest.approx(pull)


def test_without_content_nothing_pulls() -> None:
    assert NOTHING.pull(AXES[0]) == 0.0
    assert openings([AXES[0].tolist()], []).pull(AXES[0]) == 0.0


def test_content_turns_a_plain_question_and_never_one_on_past_papers(embedded_router: EmbeddedRouter) -> None:
    held = openings([AXES[0].tolist()], [AXES[1].tolist()])
    plain = embedded_router.decide("What does the Act provide?", AXES[0], held)
    papers = embedded_router.decide("Previous year questions on the Act, mains 2019", AXES[0], held)
    assert (plain.intent, papers.intent) == ("current_affairs", "pyq")


def test_domains_of_another_intent_are_dropped() -> None:
    assert known_domains("factual", ["essay_content", "polity", "nonsense"], DOMAINS) == ("polity",)


@pytest.fixture
def router(simulated: Simulated, embedded_router: EmbeddedRouter) -> InstructorRouter:
    return InstructorRouter(simulated.provider, MODEL, DOMAINS, embedded_router)


async def test_the_model_decides_the_route(simulated: Simulated, router: InstructorRouter) -> None:
    log = CallLog()
    route = await router.route("Essay on rivers in 250 words", (), log)
    assert (route.intent, route.confidence) == ("essay", 0.9)
    assert [(call.node, call.model, call.outcome) for call in log.calls] == [("route", MODEL, "ok")]
    assert log.calls[0].tokens_in > 0
    assert log.calls[0].cost is not None
    assert len(simulated.behaviour.asked("chat")) == 1


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("garbage", "provider_garbage"),
        ("invalid_schema", "provider_garbage"),
        ("server_error", "provider"),
        ("rate_limited", "provider"),
        ("reset", "provider"),
        ("html_200", "provider_garbage"),
        ("empty", "provider_garbage"),
        ("stall", "provider_timeout"),
    ],
)
async def test_whatever_the_model_does_the_question_is_routed(
    simulated: Simulated, router: InstructorRouter, fault: str, outcome: str
) -> None:
    simulated.behaviour.fault = fault
    log = CallLog()
    began = time.monotonic()
    route = await router.route(MINIMUM_AGE, (), log)
    assert time.monotonic() - began < 3
    assert (route.intent, route.standalone_question) == ("factual", MINIMUM_AGE)
    assert [(call.node, call.outcome) for call in log.calls if call.node == "route"] == [("route", outcome)]
    assert len(simulated.behaviour.asked("chat")) == 1


async def test_a_first_question_is_not_rewritten(router: InstructorRouter) -> None:
    route = await router.route("  Define  inflation ", (), CallLog())
    assert route.standalone_question == "  Define  inflation "


async def test_a_follow_up_takes_the_models_words(router: InstructorRouter) -> None:
    past = (Exchange("What is inflation?", "A rise in prices. [1]"),)
    route = await router.route("And its causes?", past, CallLog())
    assert route.standalone_question == "And its causes?"


def test_a_route_out_of_bounds_is_no_route() -> None:
    with pytest.raises(ValueError, match="confidence"):
        Route(intent="factual", standalone_question="Q", confidence=1.5)
