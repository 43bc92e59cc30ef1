"""What is asked of a thing: its height, its price, its mother. A passage about the thing need not say it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from app.retrieval.support.vocabulary import stems


@dataclass(frozen=True, slots=True)
class Attribute:
    """The stems that ask for it, all by which a text may give it, and whether it is a number."""

    asking: frozenset[str]
    given: frozenset[str]
    numeric: bool


def asked_for(words: Sequence[str]) -> tuple[Attribute, ...]:
    """The attributes that these stems name."""
    return tuple(attribute for attribute in _all() if attribute.asking & set(words))


@cache
def _all() -> tuple[Attribute, ...]:
    found = []
    for line in files("app.retrieval.support").joinpath("attributes.txt").read_text("utf-8").splitlines():
        names, colon, more = line.removeprefix("#").partition(" : ")
        if colon and '"' not in line:
            asking = frozenset(stems(names))
            found.append(Attribute(asking, asking | frozenset(stems(more)), line.startswith("#")))
    return tuple(found)
