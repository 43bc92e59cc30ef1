"""One cue, and the words that several tables speak of.

Patterns see the text as `cue_text.prepared` leaves it: lower case, cue words spelt right, marks for examination (exam),
examination years (yyyy), recent ones (lateyear), those too old for the news (oldyear), provisions (provision), quoted
text (quoted), and for the shape of the whole (shape-saying, shape-bare, shape-title).
"""

import re
from dataclasses import dataclass

from app.agents.answer import Intent

ESSAY = r"(?:essays?|nibandh|निबंध)"
PARTS = (
    r"(?:introductions?|intros?|conclusions?|openings?|opening lines?|hooks?|outlines?|thesis|"
    r"anecdotes?|quotes?|quotations?|"
    r"dimensions|counter[ -]?(?:views?|arguments?|points?)|fodder|frameworks?|skeleton|mind ?maps?|roop ?rekha)"
)


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern that speaks for an intent with a weight in log odds; a negative one speaks against it."""

    pattern: re.Pattern[str]
    intent: Intent
    weight: float


def cue(intent: Intent, weight: float, pattern: str) -> Cue:
    """A cue; see the module for the text that its pattern sees."""
    return Cue(re.compile(pattern), intent, weight)
