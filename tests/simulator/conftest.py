"""One simulated provider for all tests of this folder, and the real clients pointed at it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import cohere
import openai
import pytest

from app.simulator.behaviour import Behaviour
from app.simulator.server import running

PASSAGES = """Answer from these passages only.

[1] Article 58. Qualifications for election as President
(1) No person shall be eligible for election as President unless he—
(a) is a citizen of India,
(b) has completed the age of thirty-five years, and
(c) is qualified for election as a member of the House of the People.
[2] The first President
Dr. Rajendra Prasad was elected President in 1950. He held the office until 1962, longer than anyone since.
[3] Rivers
The Godavari rises near Nashik. It flows east for 1,465 km and reaches the Bay of Bengal.

Question: What is the minimum age to be elected President?"""


@dataclass(frozen=True)
class Provider:
    """The behaviour to change and the address to call."""

    behaviour: Behaviour
    url: str


@pytest.fixture(scope="session")
def _server() -> Iterator[Provider]:
    behaviour = Behaviour()
    with running(behaviour) as url:
        yield Provider(behaviour, url)


@pytest.fixture
def provider(_server: Provider) -> Provider:
    """Healthy, and nothing recorded."""
    _server.behaviour.reset()
    return _server


@pytest.fixture
async def client(provider: Provider) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=provider.url, api_key="unused", max_retries=0, timeout=10) as opened:
        yield opened


@pytest.fixture
def hurried(client: openai.AsyncOpenAI) -> openai.AsyncOpenAI:
    """The client for replies that never come: it gives up after 0.4 seconds."""
    return client.with_options(timeout=0.4)


@pytest.fixture
async def reranker(provider: Provider) -> AsyncIterator[cohere.AsyncClientV2]:
    async with cohere.AsyncClientV2(api_key="unused", base_url=provider.url, timeout=10) as opened:
        yield opened


@pytest.fixture
def passages() -> str:
    """A prompt of three passages and a question that the first one answers."""
    return PASSAGES
