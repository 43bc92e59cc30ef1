"""What an essay request asks for: its theme, its length, its parts, and the words that each part may have. Pure."""

import re
from dataclasses import dataclass
from typing import Literal

from app.agents import asking
from app.agents.terms import terms
from app.retrieval.numerals import LARGE_CARDINAL_WORDS, from_words

Part = Literal["introduction", "dimensions", "counter_view", "way_forward", "conclusion"]

# The Essay paper asks for 1,000 to 1,200 words.
DEFAULT_WORDS = 1_100
# Five parts in round figures need fifty words; one outline fills no more than a few essays of the Essay paper.
LEAST_WORDS, MOST_WORDS = 50, 5_000
THEME_CHARACTERS = 300
# A short essay needs a larger share to open and close; the shares are those of content/essay_structure/word-budgets.
SHORT_WORDS = 400
_SHARES: dict[bool, dict[Part, float]] = {
    False: {"introduction": 0.11, "dimensions": 0.5, "counter_view": 0.14, "way_forward": 0.14, "conclusion": 0.11},
    True: {"introduction": 0.16, "dimensions": 0.42, "counter_view": 0.12, "way_forward": 0.14, "conclusion": 0.16},
}

_DIGITS = r"(?<![\d,.])(?:\d{1,3}(?:,\d{2,3}){1,3}|\d{1,9})"
_TO = r"\s{0,2}(?:-|–|to|and)\s{0,2}"
# In words a length is told by what stands beside it: a picture is worth a thousand words whatever the essay's length.
_BEFORE_SAID = r"\b(?:(?:with)?in|of|about|around|under|over|to|for|than|limit|exactly)\s"
_SAID = rf"(?:zero|{LARGE_CARDINAL_WORDS})"
_AFTER_SAID = r"[\s-]words?[\s-](?:long|essay|outline|limit|budget)\b"
_WORDS = re.compile(
    rf"(?:(?P<least>{_DIGITS}){_TO})?(?P<most>{_DIGITS})[\s-]{{0,2}}(?:words?|शब्द)|"
    rf"{_BEFORE_SAID}(?P<said>{_SAID})[\s-]words?\b|\b(?P<long>{_SAID}){_AFTER_SAID}",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    r"[\[(]?(?:\b(?:(?:with)?in|of|about|around|approximately|under|not more than|up to|for|exactly|over)\s{1,2})?"
    rf"(?:about |around |some )?{_DIGITS}(?:{_TO}{_DIGITS})?"
    r"[\s-]{0,2}(?:words?\b(?: (?:long|essay)\b)?|शब्द\S{0,3}(?: में)?)[\])]?|"
    rf"(?:\b(?:with)?in )?{_BEFORE_SAID}{_SAID}[\s-]words?\b|\b{_SAID}(?={_AFTER_SAID})[\s-]words?\b",
    re.IGNORECASE,
)
# An order to write, an outline asked for, or nothing but a theme called an essay.
_WRITES = re.compile(
    r"\b(?:write|draft|prepare|outline|plan|structure|compose|develop|brainstorm|sketch|produce|propose|attempt)\b|"
    r"\b(?:give|suggest|provide|need|want|make|create|help|show)\b.{0,40}?\b(?:outline|plan|structure|"
    r"framework|skeleton|"
    r"introduction|opening|conclusion|dimensions|essays? (?:on|about|titled))\b|"
    r"^\W*(?:an? |the )?(?:[\w-]+ ){0,2}?essay(?: outline| plan)?(?: of [\d,]+ words)?\s(?:on|about)\s|^\W*essay:\s|"
    r"^\W*(?:[\w-]+ ){1,5}essay\W{0,3}$|निबंध|लिख",
    re.IGNORECASE,
)
# A question, unless it asks how or whether to write: "How should I structure an essay on ...?"
_ASKS = re.compile(
    r"\?\W*$|^\W*(?:what|which|who|whom|whose|when|where|why|is|are|was|were|does|do|did|should|name|define|explain|"
    r"how (?:many|much|long|far|often))\b",
    re.IGNORECASE,
)
_ASKS_TO_WRITE = re.compile(
    r"\bhow (?:to|do i|do we|should (?:i|we|one)|can (?:i|we)|would you) (?:write|plan|structure|outline|"
    r"approach|frame|draft|"
    r"organise|develop) (?:an?|the|my) (?:[\w,-]+ ){0,3}essay (?:on|about|titled)\b|"
    r"\b(?:can|could|would|will) you (?:please )?(?:write|draft|outline|plan|prepare|give|suggest|help)\b",
    re.IGNORECASE,
)
_PARTS: tuple[tuple[Part, re.Pattern[str]], ...] = (
    ("introduction", re.compile(r"\b(?:intro(?:duction|ductory)?s?|opening|opener|hook)\b|प्रस्तावना", re.IGNORECASE)),
    ("dimensions", re.compile(r"\b(?:dimensions?|arguments?|body|points|aspects)\b|आयाम", re.IGNORECASE)),
    ("counter_view", re.compile(r"\b(?:counter[ -]?(?:views?|arguments?|points?)|objections?)\b", re.IGNORECASE)),
    ("way_forward", re.compile(r"\b(?:way forward|remedies|solutions)\b", re.IGNORECASE)),
    ("conclusion", re.compile(r"\b(?:conclu(?:sion|ding|de)|closing|ending)\b|निष्कर्ष", re.IGNORECASE)),
)
_WHOLE = re.compile(
    r"\b(?:outline|plan|structure|framework|skeleton|(?:full|whole|complete) essay|write an? (?:\w+ )?essay)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“‘«]([^\"“”’»\n]{4,300})[\"”’»]|(?<!\w)'([^'\n]{8,300})'(?!\w)")
_AFTER = re.compile(
    r"\b(?:essays?|outline|paper|topic|theme|piece|introduction|conclusion|structure|plan|dimensions|"
    r"arguments|framework|body|"
    r"way forward|counter[ -]?(?:view|argument)s?|words?|draft|write|brainstorm|compose|attempt|develop|"
    r"create|prepare|sketch|produce|propose|make)\b[^:?]{0,60}?\b(?:on|"
    r"about|titled|regarding|around|entitled|named)\b[:\s]{0,3}"
    r"(?:the (?:topic|theme|subject)(?: of)?[:\s]{0,3})?(?P<theme>.+)",
    re.IGNORECASE | re.DOTALL,
)
_COLON = re.compile(r"[:–—]\s{1,3}(?P<theme>[^:]{4,300})$")
_SCAFFOLD = re.compile(
    r"\b(?:please|kindly|can you|could you|for me|for upsc|upsc|cse|mains?|ias|exam(?:ination)?|paper|"
    r"essays?|write|an?|outline|"
    r"draft|prepare|plan|the|give|me|make|create|suggest|with|in|on|of|for|about|how (?:to|do i|should i|"
    r"would you)|structure|"
    r"introductory|introduction|conclusion|dimensions?|arguments?|body|i need|i want|help|word|words|"
    r"limit|budget|short|long|"
    r"full|complete|brainstorm|approach|topic|theme|framework|skeleton|hindi|english)\b|निबंध|लिखिए|लिखें|"
    r"लिखो|पर एक|पर|एक|की रूपरेखा|रूपरेखा",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"^(?:[\s.,;:?!()\[\]–—-]{1,20}|the (?:topic|theme)\b)", re.IGNORECASE)
_BEHIND = re.compile(
    r"(?:[\s.,;:?()\[\]–—-]{1,20}|\b(?:please|for me|as an? essay|essay|for|on"
    r"|for (?:the )?(?:upsc|ias|civil services|mains|exam)[\w ]{0,30}"
    r"|with (?:an? )?(?:word|introduction|conclusion|counter|outline|proper|suitable|quotes|examples|"
    r"headings|full)[\w ,-]{0,80}"
    r"|and (?:give|show|include|add|suggest|split)\b[\w ,-]{0,80}))$",
    re.IGNORECASE,
)
_TRIMS = 12
_ABOUT_ESSAYS = frozenset(
    terms(
        "essay essays introduction introductions introductory conclusion conclusions body paragraph "
        "paragraphs thesis anecdote "
        "anecdotes quote quotes quotation quotations word words budget budgets outline outlines opening "
        "ending structure "
        "counter view counterview way forward dimensions topic topics philosophical abstract mistakes handwriting "
        "presentation examiner headings time coherence flow transition types type kinds good better best "
        "start begin end brainstorm brainstorming point points argument arguments part parts length lengths "
        "heading example examples fact facts marks idea ideas"
    )
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A theme, and each part asked for with its words, in the order of an essay. The words sum to what was asked."""

    theme: str
    words: dict[Part, int]


def read(question: str) -> Plan | None:
    """The plan that a request asks for; None for a question about essays or about a fact, which is answered instead.

    A length that no outline can have is not planned for: the plan is then of the length of the Essay paper.
    """
    theme = _theme(question)
    if not theme or not _wants_a_plan(question):
        return None
    if not set(terms(theme)) - _ABOUT_ESSAYS and theme.isascii():
        return None
    parts, words = _parts(question, theme), asked_words(question)
    if words is not None and is_possible(words):
        return Plan(theme, _shared(words, parts))
    whole = _shared(DEFAULT_WORDS, tuple(part for part, _ in _PARTS))
    return Plan(theme, {part: whole[part] for part in parts})


def _wants_a_plan(question: str) -> bool:
    if _ASKS.search(question) and not _ASKS_TO_WRITE.search(question):
        return False
    bare = " ".join(_LENGTH.sub(" ", question).split())
    return _WRITES.search(bare) is not None


def asked_words(question: str) -> int | None:
    """The length that a request names, the middle of a range; None where it names none. May be out of all bounds."""
    found = _WORDS.search(asking.QUOTED.sub(" ", question))
    if found is None:
        return None
    if said := found["said"] or found["long"]:
        return from_words(said)
    most = int(found["most"].replace(",", ""))
    least = int(found["least"].replace(",", "")) if found["least"] else most
    return (least + most) // 2


def is_possible(words: int) -> bool:
    """Whether an outline can be of so many words."""
    return LEAST_WORDS <= words <= MOST_WORDS


def _parts(question: str, theme: str) -> tuple[Part, ...]:
    """The parts named when only some are wanted, else all."""
    asked = question.replace(theme, " ")
    named = tuple(part for part, pattern in _PARTS if pattern.search(asked))
    every = tuple(part for part, _ in _PARTS)
    return every if not named or len(named) > 2 or _WHOLE.search(asked) else named


def _shared(budget: int, parts: tuple[Part, ...]) -> dict[Part, int]:
    """The budget among the parts by their shares, in round figures; the largest part takes what rounding leaves."""
    shares = _SHARES[budget <= SHORT_WORDS]
    whole = sum(shares[part] for part in parts)
    unit = 10 if budget >= SHORT_WORDS else 5
    words = {part: max(unit, round(budget * shares[part] / whole / unit) * unit) for part in parts}
    largest = max(parts, key=lambda part: shares[part])
    words[largest] += budget - sum(words.values())
    return words


def _theme(question: str) -> str:
    text = " ".join(question.split())
    if found := _QUOTED.search(text):
        return str(found[1] or found[2]).strip()
    text = " ".join(_LENGTH.sub(" ", text).split())
    found = _AFTER.search(text) or _COLON.search(text)
    theme = found["theme"] if found else _SCAFFOLD.sub(" ", text)
    return _trimmed(" ".join(theme.split())[:THEME_CHARACTERS])


def _trimmed(theme: str) -> str:
    """Without what stands around a theme: "for UPSC mains", "with a counter-view". One piece a round, a few rounds."""
    for _ in range(_TRIMS):
        shorter = _BEHIND.sub("", _BEFORE.sub("", theme.strip())).strip()
        if shorter == theme:
            break
        theme = shorter
    return theme
