"""One finished question and its answer, as later questions of the session see it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """A past turn of both sides. `question` is what the student typed, `answer` the text that was shown."""

    question: str
    answer: str
