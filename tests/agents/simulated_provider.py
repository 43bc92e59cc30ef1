"""The simulated provider as our code sees it."""

from dataclasses import dataclass

from app.retrieval.openai_provider import OpenAIProvider
from app.simulator.behaviour import Behaviour


@dataclass(frozen=True)
class Simulated:
    """The seam pointed at the server, and the behaviour of that server."""

    behaviour: Behaviour
    provider: OpenAIProvider
