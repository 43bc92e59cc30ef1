"""The passages that the rows of evals/sets name; rows over the Constitution are skipped without ../shared."""

from collections.abc import Sequence

from app.retrieval.passage import Passage
from evals import passages
from tests.support.shared import shared_data


def passage(name: str) -> Passage:
    """The passage with this id."""
    return resolve([name])[0]


def resolve(names: Sequence[str]) -> tuple[Passage, ...]:
    """The passages with these ids, in order; skips the test where ../shared is needed and missing."""
    found = passages.resolve(list(names))
    if found is None:
        shared_data("constitution")
        raise AssertionError("shared_data skips or fails")
    return found
