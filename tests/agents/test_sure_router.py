"""When the routing model is asked, and when its call is saved."""

import pytest
from agent_samples import DOMAINS, MINIMUM_AGE
from simulated_provider import Simulated

from app.agents.embedded_router import EmbeddedRouter
from app.agents.exchange import Exchange
from app.agents.instructor_router import InstructorRouter
from app.agents.sure_router import SURE, SureRouter
from app.retrieval.calls import CallLog

UNSURE = "Rivers and dams"
PAST = (Exchange("What is inflation?", "A rise in prices. [1]"),)


@pytest.fixture
def router(simulated: Simulated, embedded_router: EmbeddedRouter) -> SureRouter:
    return SureRouter(
        embedded_router, unsure=InstructorRouter(simulated.provider, "gpt-4.1-nano", DOMAINS, embedded_router)
    )


@pytest.mark.parametrize(
    ("question", "history", "calls"),
    [
        (MINIMUM_AGE, (), 0),
        (MINIMUM_AGE, PAST, 0),
        (UNSURE, (), 1),
        ("And its causes?", PAST, 1),
    ],
    ids=["sure", "sure in a session", "unsure", "leans on the session"],
)
async def test_a_model_is_asked_only_where_it_can_help(
    simulated: Simulated, router: SureRouter, question: str, history: tuple[Exchange, ...], calls: int
) -> None:
    log = CallLog()
    route = await router.route(question, history, log)
    assert len(simulated.behaviour.asked("chat")) == calls
    assert [call.node for call in log.calls if call.node == "route"] == ["route"] * calls
    assert route.standalone_question


async def test_a_silent_model_leaves_the_embedded_route(
    simulated: Simulated, router: SureRouter, embedded_router
) -> None:
    simulated.behaviour.fault = "server_error"
    alone = await embedded_router.route(UNSURE, (), CallLog())
    assert alone.confidence < SURE
    assert await router.route(UNSURE, (), CallLog()) == alone
