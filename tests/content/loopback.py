"""The provider of these tests, and its models as namespaces name them."""

from dataclasses import dataclass

from app.simulator.behaviour import Behaviour

SMALL, LARGE = ("text-embedding-3-small", 1536), ("text-embedding-3-large", 3072)


@dataclass(frozen=True)
class Provider:
    """A simulated provider: how it behaves, and where it is."""

    behaviour: Behaviour
    url: str
