"""What a question wants in words: its terms weighted by rarity, and which units of a passage may be quoted at all."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.agents.terms import terms
from app.agents.units import Unit
from app.retrieval.numerals import CARDINAL_WORDS, from_words

# What the passage's title says already, all of it is about: such terms tell its units apart only this much.
TITLE_SHARE = 0.3
# Words of asking, and of what is asked about a subject (its causes), say little in a sentence; in a heading they do.
LIGHT_SHARE = 0.3
_LIGHT = frozenset(
    terms(
        "long large big high old far often many name way ways form affect become begin call come deal "
        "happen help play role make mean need work way take use used "
        "type kind different "
        "difference differ important india indian country national government people main major lead led "
        "part place cause effect feature function "
        "provision power factor impact consequence objective step stage component ground condition reason purpose aim "
        "advantage disadvantage merit demerit recommendation limit criticism significance characteristic "
        "element example"
    )
)

# What a section may be about, in a question's words and in a heading's: "dangers" are told under "Challenges".
_SIDES = tuple(
    frozenset(terms(words))
    for words in (
        "fact facts figure figures data statistic statistics example examples evidence law laws cite quote",
        "danger risk harm problem challenge issue objection critic criticism drawback demerit disadvantage limit "
        "limitation caution concern threat weakness debate counter barrier",
        "benefit advantage gain merit strength argument favour promise application",
        "remedy remedies solution reform measure step recommendation suggestion forward improve",
        "type kind form way category classification component element stage method variety",
        "cause reason factor origin background rise",
        "effect consequence impact result outcome significance importance legacy aftermath assessment",
        "open opening begin beginning start introduction introduce",
        "end ending close closing conclude conclusion conclusions",
        "power function role duty duties responsibility work",
        "composition member membership structure organisation appointment qualification election tenure removal",
    )
)
_WORD = re.compile(r"[\w'’]+")
_ASKS_ASIDES = re.compile(r"\b(?:provis?o|provided|exceptions?|explanation|unless|except)\b", re.IGNORECASE)
_LEANS_BACK = re.compile(
    r"^(?:it|its|they|their|this|that|these|those|he|she|his|such|however|but|further|moreover|thus|hence|therefore|"
    r"also|both|the (?:same|latter|former|two|other|others)|another|others?)\b",
    re.IGNORECASE,
)
_COUNTS_ON = re.compile(
    r"^(?:the )?(?:first|second|third|fourth|fifth|sixth|seventh|last|next|finally|secondly|thirdly|one|"
    r"another|others?)\b",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    rf"\b(?!one\b)({CARDINAL_WORDS})\s(?:[a-z-]{{3,20}}\s){{0,2}}?(components?|parts|types|kinds|forms|ways|stages|steps|elements|"
    r"principles|features|grounds|categories|classes|reasons|factors|functions|conditions|tests|points|schools|pillars|"
    r"sources|methods|criteria|values|layers|zones|phases|groups|dimensions|questions|tools|aims|goals|rules|uses)\b",
    re.IGNORECASE,
)
# A last sentence without an end, a first one that begins small.
_IS_CUT = (re.compile(r"[^.!?…।॥:;\"'”’)\]*]$"), re.compile(r"^[a-z]"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the question asks for: its terms with their weights, and whether provisos are wanted."""

    weights: Mapping[str, float]
    asides: bool

    def score(self, text: str) -> float:
        """The share (0..1) of the question's weight that a text covers."""
        return self.share(set(terms(text)))

    def share(self, said: Collection[str]) -> float:
        """The share (0..1) of the question's weight that these terms have."""
        total = sum(self.weights.values())
        return sum(weight for term, weight in self.weights.items() if term in said) / total if total else 0.0

    def within(self, header: str) -> "Wanted":
        """The same question inside a passage with that title."""
        told = set(terms(header))
        weights = {term: weight * (TITLE_SHARE if term in told else 1.0) for term, weight in self.weights.items()}
        return Wanted(weights, self.asides)


def wanted(question: str, rarity: Mapping[str, float], *, light: float = LIGHT_SHARE) -> Wanted:
    """What a question wants, its terms weighted by their rarity among the passages; those in none weigh nothing."""
    telling = {term for word in _WORD.findall(question.casefold()) if not is_light(word) for term in terms(word)}
    weights = {term: rarity[term] * (1.0 if term in telling else light) for term in terms(question) if term in rarity}
    return Wanted(weights, _ASKS_ASIDES.search(question) is not None)


def is_light(word: str) -> bool:
    """Whether a word in small letters tells little of what is asked about; a governor is not the government."""
    stems = terms(word)
    doer = word.endswith(("or", "ors")) and not any(stem.endswith("or") for stem in stems)
    return not doer and _LIGHT.issuperset(stems)


def whole(every: Sequence[Unit], *, asides: bool) -> list[int]:
    """Which units of a passage may be quoted.

    Without provisos unless they are wanted, and without the half sentences that a passage cut from a longer text may
    begin and end with, as far as anything else is left.
    """
    places = [i for i, unit in enumerate(every) if asides or not unit.aside]
    cut = {i for i in (0, len(every) - 1) if every and not every[i].lines and _IS_CUT[i == 0].search(every[i].text)}
    return [i for i in places if i not in cut] or places


def sides(text: str) -> frozenset[int]:
    """Which sides of a subject the words of a question or of a heading name."""
    said = set(terms(text))
    return frozenset(number for number, words in enumerate(_SIDES) if said & words)


def announced(text: str) -> tuple[int, frozenset[str]]:
    """How many things a sentence says will follow, and what it calls them; 0 when it counts nothing."""
    found = _ANNOUNCES.search(text)
    return (from_words(found[1]), frozenset(terms(found[2]))) if found else (0, frozenset())


def continues(text: str) -> bool:
    """Whether a sentence goes on with what the one before it began: a pronoun, or the next item of a count."""
    return leans_back(text) or _COUNTS_ON.match(text) is not None


def leans_back(text: str) -> bool:
    """Whether a sentence begins with a word that points to the one before it."""
    return _LEANS_BACK.match(text) is not None
