"""The simulated provider, the real client pointed at it, and the real embedded model, once for this folder."""

from collections.abc import AsyncIterator, Iterator

import pytest
from agent_samples import DOMAINS
from simulated_provider import Simulated

from app.agents.embedded_router import EmbeddedRouter
from app.retrieval.embedder import EmbeddedEmbedder
from app.retrieval.minilm import MiniLM
from app.retrieval.openai_provider import OpenAIProvider
from app.simulator.behaviour import Behaviour
from app.simulator.server import running


@pytest.fixture(scope="session")
def _address() -> Iterator[tuple[Behaviour, str]]:
    behaviour = Behaviour()
    with running(behaviour) as url:
        yield behaviour, url


@pytest.fixture
async def simulated(_address: tuple[Behaviour, str]) -> AsyncIterator[Simulated]:
    """Healthy, and nothing recorded."""
    behaviour, url = _address
    behaviour.reset()
    async with OpenAIProvider("unused", url) as provider:
        yield Simulated(behaviour, provider)


@pytest.fixture(scope="session")
async def embedded_router() -> AsyncIterator[EmbeddedRouter]:
    """The router over the examples that come with the program."""
    embedder = EmbeddedEmbedder(MiniLM.load(threads=2))
    yield await EmbeddedRouter.build(embedder, DOMAINS)
    embedder.close()
