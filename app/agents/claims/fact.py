"""What a reading of a text gives: typed values at places."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """A fact as it was matched: kind and canonical value, and the characters it takes."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact in a text: `at` is the index of its first word, `end` one past its last, `shown` how it was written."""

    kind: str
    value: str
    at: int
    end: int
    shown: str
