"""Prompts are the Markdown files beside this page, known by name and by the hash of their content."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

# Raise it when the shape of stored answers changes (citations, as_of): old cache entries then no longer match.
ANSWER_FORMAT = 2


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file. `sha256` is the hex digest of its bytes."""

    name: str
    text: str
    sha256: str


@cache
def load(name: str) -> Prompt:
    """The prompt of that name.

    Raises:
        FileNotFoundError: there is no such prompt file.
    """
    content = resources.files(__name__).joinpath(f"{name}.md").read_bytes()
    return Prompt(name, content.decode("utf-8").strip(), hashlib.sha256(content).hexdigest())


@cache
def prompt_set() -> str:
    """A short hash that changes with any prompt file and with the format of answers; part of every cache key."""
    names = sorted(
        path.name.removesuffix(".md") for path in resources.files(__name__).iterdir() if path.name.endswith(".md")
    )
    lines = [f"format {ANSWER_FORMAT}", *(f"{name} {load(name).sha256}" for name in names)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
