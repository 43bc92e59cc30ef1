import json
import time
from collections.abc import Sequence

import numpy as np
import pytest
import structlog
from agent_samples import DOMAINS, MINIMUM_AGE
from simulated_provider import Simulated

from app.agents import instructor_router
from app.agents.answer import Intent
from app.agents.embedded_router import EmbeddedRouter
from app.agents.exchange import Exchange
from app.agents.instructor_router import InstructorRouter
from app.agents.route_model import INTENTS, RouteModel, load_examples, signature
from app.agents.supervisor import Route, known_domains
from app.agents.topics import MOST, NOTHING, openings
from app.errors import ProviderError
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


PREAMBLE = (
    "I have been reading about the Parliament of India and how its two Houses make laws, about money bills and the "
    "Speaker, about committees and question hour, and my teacher says that all of it matters a great deal. "
)


@pytest.mark.parametrize("length", [700, 2_000, 3_800])
async def test_a_demand_at_the_end_of_a_long_question_is_heard(embedded_router: EmbeddedRouter, length: int) -> None:
    demand = "Write an essay on the dignity of labour in 1000 words."
    question = f"{(PREAMBLE * 20)[:length]} {demand}"
    route = await embedded_router.route(question, (), CallLog())
    assert (route.intent, route.standalone_question) == ("essay", question)


async def test_the_end_of_a_long_question_says_where_to_look_as_well(embedded_router: EmbeddedRouter) -> None:
    preamble = ("Rivers carry silt from the Himalaya, and the monsoon brings rain to the plains. " * 32)[:2_500]
    demand = "How do the repo rate, inflation, the fiscal deficit and the money supply hang together? " * 4
    route = await embedded_router.route(preamble + demand, (), CallLog())
    assert {"geography", "economy"} <= set(route.domains)


class _Away:
    """An embedder whose model fails."""

    name, dimensions = "minilm-int8", 384

    async def embed(self, texts: Sequence[str], log: CallLog | None = None) -> np.ndarray:
        raise ProviderError("away")


@pytest.mark.parametrize(
    ("question", "intent", "domains"),
    [
        ("What is a money bill?", "factual", {*DOMAINS["factual"], *DOMAINS["current_affairs"]}),
        ("Write an essay on the dignity of labour", "essay", set()),
        ("UPSC mains 2022 GS2 questions on judiciary", "pyq", {"pyq_mains"}),
    ],
)
async def test_while_the_embedder_is_away_words_route_and_more_is_searched(
    question: str, intent: Intent, domains: set[str]
) -> None:
    router = EmbeddedRouter(_Away(), DOMAINS, RouteModel.load())
    with structlog.testing.capture_logs() as said:
        route = await router.route(question, (), CallLog())
    assert (route.intent, set(route.domains), route.standalone_question) == (intent, domains, question)
    assert [(line["event"], line["outcome"]) for line in said] == [("route.not_embedded", "provider")]


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
        ("rate_limited", "provider_busy"),
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


async def test_a_long_question_may_be_repeated_whole_and_no_rewriting_is_longer(
    simulated: Simulated, router: InstructorRouter
) -> None:
    long = f"{(PREAMBLE * 20)[:800]} What is a money bill?"
    past = (Exchange("What is inflation?", "A rise in prices. [1]"),)
    log = CallLog()
    route = await router.route(long, past, log)
    assert route.standalone_question == long
    assert [(call.node, call.outcome) for call in log.calls] == [("route", "ok")]


def test_a_rewriting_that_answers_is_not_taken() -> None:
    told = Route(intent="factual", standalone_question="Inflation is a rise in prices. " * 40, confidence=0.9)
    assert instructor_router._rewritten(told, "And its causes?") == "And its causes?"
