"""What a question is about, as far as passages can be asked: its words by rarity, its names, years and numbers."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from app.db.search import Term
from app.retrieval import names
from app.retrieval.fact_keys import provisions
from app.retrieval.numerals import ORDINAL_WORDS
from app.retrieval.support import attributes, moments, places
from app.retrieval.support.attributes import Attribute
from app.retrieval.support.vocabulary import holds, stems

# A rarer word than this tells no more: the content just does not use it.
RAREST = 6.0
# Words that many questions have and few answers need count this much.
LIGHT_SHARE = 0.25
# The weight from which a capitalised word is a name that the answer's own page must have.
NAME_RARITY = 3.0

# Lexemes that say what to do with a subject, not what the subject is.
_ASKING = frozenset(
    re.findall(
        r"\w+",
        "analys analysi analyz answer ask asked aspir brief briefli caus comment compar consid critic defin describ "
        "detail develop differ discuss distinguish elabor elucid enumer essay evalu exam examin exampl explain "
        "featur follow give given happen help highlight illustr import inform introduct issu justifi key kind know "
        "known latest list main mains mark mean mention much name news note outlin overview paper prelim prepar "
        "previous pyq pyqs question reason recent role salient say short show signific structur studi suggest suitabl "
        "summar summari syllabus talk tell term today topic type understand upsc use view way word work write year",
    )
)
_LIGHT = frozenset(
    stems(
        "actually allow also always around back become becomes begin big body call called come country current day do "
        "does done end even ever exactly fact find finally first found general get government have idea india indian "
        "keep large last like long look made make many matter may meant must nation need new normally number one own "
        "part people person place possible present put really same set small stand start state still sure take thing "
        "three time today try two usual want whether whole world would"
    )
)
# What a provision that is looked for by its key is called.
_PROVISION = frozenset({"art", "articl", "amend", "claus", "constitut", "part", "schedul", "sec", "section"})
_NUMBER = re.compile(r"\d{1,3}[a-z]{0,2}|gs\d", re.IGNORECASE)
_WRITTEN = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_SENTENCE = re.compile(r"[.?!:]\s{1,9}")
_ORDINAL = re.compile(rf"(?:\d{{1,3}}(?:st|nd|rd|th)|{ORDINAL_WORDS})", re.IGNORECASE)
_EARLY = frozenset({"first", "second", "third", "1st", "2nd", "3rd"})
# COP28, G20, Chandrayaan-3: another number is another thing.
_SERIES = re.compile(r"(?=[^\W_]{0,20}-?[^\W\d_])[^\W\d_]{2,20}-?\d{1,3}", re.IGNORECASE)
_SCHOOL = re.compile(r"(?:gs|paper|class)-?\d", re.IGNORECASE)
# "paragraph 40": a page on the schedule is none on a paragraph that it does not have.
_NUMBERED = re.compile(r"\b(?:paragraph|para|entry|rule|chapter)\s{1,3}(\d{1,3})\b", re.IGNORECASE)
# "Lokmanya Tilak" is Tilak: what a person is called out of respect need not stand on his page.
_RESPECT = re.compile(
    r"\b(?:mahatma|lokmanya|samrat|chacha|netaji|sardar|pandit|swami|acharya|maharaja|emperor|king|queen|sir|lord|lady"
    r"|dr|mr|mrs|ms|shri|smt|prof|professor|justice|comrade|general|captain)\b\.?\s{1,3}(?=[A-Z])",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"\b(?:what|which|who)\s{1,3}(?:is|are|was|were)\s{1,3}(?:the\s{1,3})?(?P<head>(?:[\w'’-]{1,30}\s{1,3}){1,4}?)(?:of|in|on|for|over|when|under|at)\b",
    re.IGNORECASE,
)
# "Why did he refuse" takes it that he did.
_PRESUMES = re.compile(
    r"\W{0,3}(?:since\s)?(?:why|when|how)\s{1,3}(?:did|was|were|has|have|had|does|do|is)\b", re.IGNORECASE
)
_COMPARES = re.compile(
    r"\b(?:compar\w{1,8}|contrast\w{0,4}|differ\w{0,8}|distinguish\w{0,4}|versus|vs|between)\b", re.IGNORECASE
)
# "Which film was made", "how many trees": what kind of thing the answer is.
_KIND = re.compile(
    r"\b(?:which|what|how\s{1,3}many)\s{1,3}(?!(?:is|are|was|were|do|does|did|has|have|had|can|will|would|must|should|of)\b)"
    r"(?P<kind>[\w'’-]{2,30}(?:\s{1,3}(?:and|or)\s{1,3}[\w'’-]{2,30})?)",
    re.IGNORECASE,
)
_QUANTITY = re.compile(r"\bhow\s{1,3}(?:many|much|long|old|far|tall|large|big|high|deep|fast|heavy)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the subject: its stem, how much it tells (0..RAREST), and how it is written where it is a name."""

    stem: str
    weight: float
    name: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A question's subject. `others` are, by stem, the stems of other names of what the word belongs to.

    `unmistakable` are stems and `series` written forms that stand for one thing only: Sixteenth, COP28. `head` is what
    is asked of the thing ("the height of"), `kind` what kind of thing is asked for ("which film").
    `numbered` are the numbers of paragraphs and entries.
    `presumes`: it asks for more about something that it takes to have happened. `compares`: what it names may
    stand on several pages.
    """

    text: str
    words: tuple[Word, ...]
    others: Mapping[str, tuple[frozenset[str], ...]]
    unmistakable: tuple[str, ...]
    series: tuple[str, ...]
    numbered: tuple[str, ...]
    years: tuple[str, ...]
    countries: tuple[tuple[tuple[str, ...], ...], ...]
    provisions: frozenset[str]
    clauses: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    head: frozenset[str]
    kind: frozenset[str]
    quantity: bool
    presumes: bool
    compares: bool

    @property
    def whole(self) -> float:
        """The weight of all words."""
        return sum(word.weight for word in self.words)

    @property
    def names(self) -> tuple[Word, ...]:
        """Rare words that are written as names."""
        return tuple(word for word in self.words if word.name and word.weight >= NAME_RARITY)

    def held(self, stem: str, vocabulary: AbstractSet[str]) -> bool:
        """Has the vocabulary this word of the question, or another name of what it names?"""
        return holds(stem, vocabulary) or any(other <= vocabulary for other in self.others.get(stem, ()))


def read(
    text: str, keys: Sequence[str], terms: Sequence[Term], weights: Sequence[float], *, looked_up: bool
) -> Subject:
    """The subject of a question; `looked_up` says that its years and papers have been looked up as such."""
    written = _WRITTEN.findall(text)
    weighed = [
        (term, weight)
        for term, weight in zip(terms, weights, strict=True)
        if term.lexeme not in _ASKING and not _NUMBER.fullmatch(term.word) and not (looked_up and term.word.isdigit())
    ]
    # Provisions are looked for by their keys, in all ways in which they are written.
    named = provisions(keys)
    numbered = () if named else tuple(word for word in written if _ORDINAL.fullmatch(word))
    return Subject(
        text=text,
        words=_words(text, [(one, weight) for one, weight in weighed if not named or one.lexeme not in _PROVISION]),
        others=_others(text),
        unmistakable=tuple(stem for word in numbered if word.lower() not in _EARLY for stem in stems(word)),
        series=tuple(word for word in written if _SERIES.fullmatch(word) and not _SCHOOL.match(word)),
        numbered=tuple(_NUMBERED.findall(text)),
        years=() if looked_up else moments.years(text),
        countries=tuple(places.named(text)),
        provisions=frozenset(named),
        clauses=tuple(key for key in keys if key.startswith("article:") and "(" in key),
        attributes=attributes.asked_for(stems(text)),
        head=frozenset(stems(found["head"])) if (found := _HEAD.search(text)) else frozenset(),
        kind=frozenset(stems(found["kind"])) if (found := _KIND.search(text)) else frozenset(),
        quantity=_QUANTITY.search(text) is not None,
        presumes=_PRESUMES.match(text) is not None,
        compares=_COMPARES.search(text) is not None,
    )


def _words(text: str, weighed: Sequence[tuple[Term, float]]) -> tuple[Word, ...]:
    capitals = _capitals(text)
    found: dict[str, Word] = {}
    for term, weight in weighed:
        for stem in stems(term.word):
            share = LIGHT_SHARE if stem in _LIGHT else 1.0
            found.setdefault(stem, Word(stem, share * min(weight, RAREST), capitals.get(stem, "")))
    return tuple(found.values())


def _capitals(text: str) -> dict[str, str]:
    """Words with a capital inside a sentence, by stem. Where everything has one (a title) it says nothing."""
    written = (word for sentence in _SENTENCE.split(text) for word in _WRITTEN.findall(sentence)[1:])
    respectful = {word.lower() for found in _RESPECT.findall(text) for word in _WRITTEN.findall(found)}
    inside = [word.removesuffix("'s").removesuffix("’s") for word in written]
    long = [word for word in inside if len(word) > 3]
    if len(long) > 3 and all(word[0].isupper() for word in long):
        return {}
    return {
        stem: word
        for word in inside
        if word[0].isupper() and len(word) > 1 and word.lower() not in respectful
        for stem in stems(word)
    }


def _others(text: str) -> dict[str, tuple[frozenset[str], ...]]:
    found: dict[str, tuple[frozenset[str], ...]] = {}
    for naming in names.namings(text):
        others = tuple(frozenset(stems(other)) for other in naming.others)
        for stem in stems(text[naming.start : naming.end]):
            found[stem] = found.get(stem, ()) + others
    return found
