"""Words and shapes that give a question's intent away, whatever its topic: a table of patterns with their log odds.

Weights are by hand, in steps of half a unit: 1 tips a balance, 3 decides unless something speaks as loudly against it.
"""

import re
from collections.abc import Sequence

from app.agents.cue_table.essays import ESSAYS
from app.agents.cue_table.facts import FACTS
from app.agents.cue_table.news import NEWS
from app.agents.cue_table.past_papers import PAST_PAPERS
from app.agents.cue_text import prepared

CUES = (*PAST_PAPERS, *ESSAYS, *NEWS, *FACTS)


def found(question: str, this_year: int) -> Sequence[bool]:
    """Which of `CUES` a question shows, in their order. `this_year` tells news from history."""
    text = prepared(question, this_year)
    return [cue.pattern.search(text) is not None for cue in CUES]


# Which past papers a question names; both or none of them means both are searched.
DOMAIN_CUES = (
    (re.compile(r"\b(?:prelims?|preliminary|pre|csat)\b|प्रारंभिक|सीसैट", re.IGNORECASE), "pyq_prelims"),
    (
        re.compile(
            r"\bmains?\b|\bgs[ -]?(?:paper[ -]?)?(?:[1-4]|iv|i{1,3})\b|\bessays?\b|मुख्य परीक्षा|निबंध", re.IGNORECASE
        ),
        "pyq_mains",
    ),
)
