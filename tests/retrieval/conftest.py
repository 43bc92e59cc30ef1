"""The real embedded model once for this folder, and the simulated provider that vendor clients are pointed at."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.db import engine, search
from app.retrieval.embedder import EmbeddedEmbedder
from app.retrieval.minilm import MiniLM
from app.simulator.behaviour import Behaviour
from app.simulator.server import running


@pytest.fixture(scope="session")
def model() -> MiniLM:
    """MiniLM with both threads."""
    return MiniLM.load(threads=2)


@pytest.fixture
def embedder(model: MiniLM) -> Iterator[EmbeddedEmbedder]:
    """An embedder that remembers nothing yet."""
    made = EmbeddedEmbedder(model)
    yield made
    made.close()


@pytest.fixture
async def pool(database: str) -> AsyncIterator[engine.Pool]:
    """A pool as the worker's: with the settings that search needs."""
    async with engine.open_pool(database, application="test", size=4, settings=search.SETTINGS) as made:
        yield made


@pytest.fixture(scope="session")
def simulator() -> Iterator[tuple[Behaviour, str]]:
    """A running provider's behaviour and base URL."""
    behaviour = Behaviour()
    with running(behaviour) as url:
        yield behaviour, url
