"""How well a passage supports an answer: a few measures, weighed by coefficients that were fitted on questions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.retrieval.meaning import Closeness
from app.retrieval.numerals import CARDINAL_WORDS
from app.retrieval.support.reading import Reading, Sentence
from app.retrieval.support.subject import RAREST, Subject, Word
from app.retrieval.support.vocabulary import stems

# The sentences whose meaning is compared: those with most of the question's words.
COMPARED = 6
# And so many more from the chunks that are nearest as a whole.
COMPARED_NEAR = 8
# Of a question without names, so many of its rarest words stand for the thing that it asks about.
ANCHORS = 2

_NUMBER = re.compile(rf"\d|\b(?:{CARDINAL_WORDS}|hundred|thousand|half|third|quarter|fifth)\b", re.IGNORECASE)
_LEANS = re.compile(r"(?:It|They|He|She|This|These|Its|His|Her|Their)\b")


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence that may answer: the share of the question's weight in it and what stands around it (0..1)."""

    reading: Reading
    sentence: Sentence
    coverage: float

    @property
    def compared(self) -> str:
        """What is embedded for it: a sentence seldom names its subject, its title does."""
        return f"{self.reading.parent.title}: {self.sentence.text}"


def best_places(subject: Subject, readings: Sequence[Reading]) -> list[Place]:
    """The COMPARED sentences with most of the question's words, best first, then others of the nearest chunks.

    A question in words of its own has few of the passage's: its answer stands where the search found it near.
    """
    places = [
        Place(reading, sentence, coverage(subject, sentence.around))
        for reading in readings
        for sentence in reading.sentences
    ]
    worded = sorted(places, key=lambda place: -place.coverage)
    near = sorted(
        (place for place in worded[COMPARED:] if place.reading.dense and place.sentence.text in place.reading.nearest),
        key=lambda place: -(place.reading.dense or 0.0),
    )
    return worded[:COMPARED] + near[:COMPARED_NEAR]


def coverage(subject: Subject, vocabulary: frozenset[str]) -> float:
    """The share of the subject's weight in a vocabulary, 1 for a question without a subject."""
    whole = subject.whole
    return sum(one.weight for one in subject.words if subject.held(one.stem, vocabulary)) / whole if whole else 1.0


@dataclass(frozen=True, slots=True)
class Nearness:
    """Cosines to the question as it is embedded, and to what is left of it without the words that the best page lacks.

    A word that matters and is not there draws the question away from the sentence; another word for the same does not.
    """

    question: str
    whole: Closeness
    cut: Closeness

    def measures(self, sentence: str) -> dict[str, float]:
        """How near the sentence is, how much of that the missing words give, and how much they change the question."""
        near = self.whole(sentence)
        return {"near": near, "drop": near - self.cut(sentence), "change": 1.0 - self.cut(self.question)}


def cut(subject: Subject, vocabulary: frozenset[str]) -> str:
    """The question without the words that this vocabulary lacks; all of it when nothing else is left."""
    missing = {word.stem for word in subject.words if not subject.held(word.stem, vocabulary)}
    kept = [written for written in subject.text.split() if missing.isdisjoint(stems(written))]
    return " ".join(kept) if missing and kept else subject.text


def measures(subject: Subject, place: Place, nearness: Nearness | None, *, structured: bool) -> dict[str, float]:
    """The measures of one place, shares in 0..1 beside the cosines."""
    around, page = place.sentence.around, place.reading.words
    rarest = _rarest_missing(subject, around)
    found = nearness.measures(place.compared) if nearness else {}
    if nearness:
        found["dense"] = found["near"] if place.reading.dense is None else place.reading.dense
    return found | {
        "coverage": place.coverage,
        "page": coverage(subject, page),
        "rarest": rarest,
        "presumes": rarest if subject.presumes else 0.0,
        "head": float(any(not subject.held(stem, around) for stem in subject.head if _counts(subject, stem))),
        "kind": float(any(not subject.held(stem, page) for stem in subject.kind if _counts(subject, stem))),
        "attribute": float(not _gives(subject, place.reading)),
        "size": min(len(subject.words), 8) / 8,
        "weight": min(subject.whole, 25.0) / 25,
        "structured": float(structured),
    }


def _counts(subject: Subject, stem: str) -> bool:
    return any(word.stem == stem and word.weight >= 1 for word in subject.words)


def _rarest_missing(subject: Subject, vocabulary: frozenset[str]) -> float:
    missing = (word.weight for word in subject.words if not subject.held(word.stem, vocabulary))
    return max(missing, default=0.0) / RAREST


def _gives(subject: Subject, reading: Reading) -> bool:
    """Does one sentence have what is asked for beside the thing it is asked of?"""
    if not subject.attributes and not subject.quantity:
        return True
    things = _things(subject)
    held = [word for word in things if subject.held(word.stem, reading.words)]
    if things and not held:
        return False
    heaviest = sorted(held, key=lambda word: -word.weight)[:ANCHORS]
    anchors = tuple(word.stem for word in subject.names or heaviest)
    numeric = subject.quantity or any(one.numeric for one in subject.attributes)
    return any(
        all(subject.held(anchor, words) for anchor in anchors)
        and all(one.given & words for one in subject.attributes)
        and (not numeric or _NUMBER.search(sentence.text))
        for sentence in reading.sentences
        if (words := sentence.around if _LEANS.match(sentence.text) else sentence.words)
    )


def _things(subject: Subject) -> list[Word]:
    """What something is asked of: mercury in "the boiling point of mercury"."""
    asking = subject.head.union(*(one.asking for one in subject.attributes))
    return [word for word in subject.words if word.stem not in asking]


def logit(found: Mapping[str, float], coefficients: Mapping[str, float]) -> float:
    """The log odds that the place supports an answer."""
    return coefficients["constant"] + sum(coefficients.get(name, 0.0) * value for name, value in found.items())
