"""What a rewriting starts from and how its text is put: shared by all ways of rewriting."""

import re
from dataclasses import dataclass

from app.agents.specialists.rows import Listed
from app.agents.subject import subject

ASKS_PLAINLY = re.compile(
    (
        r"^\W*(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|can|could|has|"
        r"have|will|would|should|may)\b"
    ),
    re.IGNORECASE,
)
ESSAY = re.compile(r"\bessay\b|निबंध", re.IGNORECASE)
LEADING_ARTICLE = re.compile(r"^(?:the|an?)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A question in words that need no earlier turn, and what was answered, with the past questions listed there."""

    question: str
    answer: str
    listed: tuple[Listed, ...] = ()

    def about(self, *, whole: bool = False) -> str:
        """What it was about: where the answer has one past question, as its solution has, what that asks."""
        return self.listed[0].asked if len(self.listed) == 1 else subject(self.question, whole=whole)


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
