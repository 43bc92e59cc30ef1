"""What a rewriting starts from and how its text is put: shared by all ways of rewriting."""

import re
from dataclasses import dataclass

ASKS_PLAINLY = re.compile(
    (
        r"^\W*(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|can|could|has|"
        r"have|will|would|should|may)\b"
    ),
    re.IGNORECASE,
)
LEADING_ARTICLE = re.compile(r"^(?:the|an?)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A question in words that need no earlier turn, and what was answered."""

    question: str
    answer: str


def opened(text: str) -> str:
    """Without the mark it ends on, so that more can follow."""
    return text.strip().rstrip("?!.。।, ")


def capital(text: str) -> str:
    """With a capital to begin on, the rest as it is."""
    return text[:1].upper() + text[1:]


def tidy(text: str) -> str:
    """As a sentence: one space between words, a capital, a question mark where it asks."""
    said = capital(" ".join(opened(text).split()))
    return f"{said}?" if ASKS_PLAINLY.match(said) else said
