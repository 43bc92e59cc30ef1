"""A domain of the tests' own, embedded by the simulated provider."""

from collections.abc import AsyncIterator, Iterator

import pytest
from loopback import SMALL, Provider
from shelf import Shelf

from app.db import catalog, content
from app.simulator.behaviour import Behaviour
from app.simulator.server import running


@pytest.fixture
def provider() -> Iterator[Provider]:
    """One of this test's own, healthy and quick."""
    behaviour = Behaviour()
    with running(behaviour) as url:
        yield Provider(behaviour, url)


@pytest.fixture
async def shelf(database: str) -> AsyncIterator[Shelf]:
    """The empty domain `fire`, whose namespace was made with the smaller of the provider's models."""
    async with content.open_desk(database) as desk:
        model, dimensions = SMALL
        await catalog.add_domain(desk, name="fire", intent="factual", model=model, dimensions=dimensions)
        yield Shelf(desk, "fire")
