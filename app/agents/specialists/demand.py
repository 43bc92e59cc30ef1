"""What a question about past papers wants done. Pure."""

import re
from typing import Literal

from app.agents.supervisor import Filters

Demand = Literal["list", "count", "solve"]

_SOLVE = re.compile(
    r"\bsolv(?:e|ed|ing)\b|\bsolutions?\b|\bmodel answer|\banswers? (?:this|that|the|to|it|for)\b|"
    r"\bhow (?:to|would you|should "
    r"(?:i|one|we)|do i|can i) (?:answer|attempt|approach)\b|\bwith (?:the |its |their |an )?(?:answers?|"
    r"explanations?)\b|"
    r"\band (?:then )?(?:answer|explain|solve)\b|\banswer key\b|\bexplain the (?:correct )?(?:answer|\d{4})|"
    r"\bcorrect (?:answer|option)\b|हल कर|उत्तर (?:दो|दीजिए|बताइए)",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"\bhow (?:many|often|frequently)\b|\bnumber of (?:times|questions|pyqs)\b|\bcounts?\b|\btrends?\b|\bweightage\b|"
    r"\bfrequen(?:cy|tly|t)\b|\byear[- ](?:wise|by[- ]year)\b|\byearwise\b|\bpaper[- ]?wise\b|"
    r"\bdistribution\b|\bover the (?:last |"
    r"past )?(?:\w+ )?years\b|"
    r"\btabulate\b|\btable\b|\bstatistics\b|कितन",
    re.IGNORECASE,
)
# Said of questions that were set: asked, appeared, repeated.
_ROWS = re.compile(
    r"\bask(?:ed|s)?\b|\b(?:carried|set|dealt|framed|turned)\b|\bquestion themes?\b|\bpyqs?\b|"
    r"\bprevious\b|\bpast\b|\bappear(?:ed|s)?\b|\brepeat(?:ed|s)?\b|"
    r"\btrends?\b|\bfrequen\w+\b|"
    r"\bc[ao]me\b|\bfeatured\b|\bset\b|\byear[- ]?wise\b|\bover the years\b|"
    r"\bquestions? (?:on|about|from|related|relating|regarding|dealing|concerning|touching|that)\b|"
    r"\bpaper of\b|पूछ|आए|आया",
    re.IGNORECASE,
)
# Said of the examination itself, which pages describe and no row does.
_PATTERN = re.compile(
    r"\bnegative\b|\bmark(?:ing|ed)\b|\bhow many (?:papers|marks|words|hours|minutes|optional)\b|"
    r"\bscheme\b|\bduration\b|"
    r"\bhours\b|\bqualify(?:ing)?\b|\bcut-?offs?\b|\blayout\b|\bword limits?\b|\binterview\b|\bpersonality test\b|"
    r"\bcompulsory\b|\bdirectives?\b|\btotal marks\b|\bpattern of the\b|\bformats?\b|"
    r"\bforms? of questions?\b|\bpenalt(?:y|ies)\b|"
    r"\bmerit\b|\bsections? of the\b|\blaid out\b|\bin marks\b|\bmarks and questions\b",
    re.IGNORECASE,
)
# A recollection to be put right: what was asked in another year answers it too.
_WHETHER = re.compile(
    r"^\W*(?:was|were|did|has|have|is it)\b|\bam i (?:right|correct|wrong)\b|\bi (?:remember|recall|think|believe)\b|"
    r"\b(?:right|correct|true)\?",
    re.IGNORECASE,
)


def of(question: str) -> Demand:
    """Whether questions are to be solved, counted or listed."""
    if _SOLVE.search(question):
        return "solve"
    return "count" if _COUNT.search(question) else "list"


def is_about_rows(question: str, filters: Filters) -> bool:
    """Whether past questions are meant and not the examination's pattern, as far as the words tell."""
    if filters.years or (filters.subject and filters.papers):
        return True
    return filters.topic is not None and _ROWS.search(question) is not None and not _PATTERN.search(question)


def is_whether(question: str) -> bool:
    """Whether it is asked if something was set, and not only what was."""
    return _WHETHER.search(question) is not None
