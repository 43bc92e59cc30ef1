"""Do these passages support an answer? Being near is not enough: what the question names and asks must be there. Pure.

First what no nearness makes good: a provision, name, year or country of the question that no page has. Then the best
sentences are weighed: the share of the question's words that they hold, by rarity, whether what is asked of the thing
is said beside it, and how near they are in meaning. The weights were fitted (evals/refusal_fit.py), not guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID

from app.db.search import Term
from app.retrieval.fact_keys import provisions
from app.retrieval.fused import Fused
from app.retrieval.support import barriers, holders, moments, subject, weighing
from app.retrieval.support.reading import Reading
from app.retrieval.support.weighing import Nearness, Place

# How many of the fused passages an answer is written from, so how many are judged.
JUDGED = 5
# Rarity was fitted on contents of more than a thousand chunks; a few chunks cannot tell which words are rare.
LEAST_CHUNKS = 1_000.0
# What shares no word with the question must be nearer than this. Over content/, noise ("asdf qwer") comes to .35, the
# questions of evals/sets/refusals_tuning.jsonl with an answer in other words alone begin at .48.
NEAR_WITHOUT_A_WORD = 0.40
# More passages of the documents judged are read for the names that their pages must have.
READ = 12

# Fitted on evals/sets/refusals_tuning.jsonl over content/; how is in docs/quality.md.
_BY_MEANING = {
    "constant": -0.711,
    "near": 5.432,
    "dense": 1.989,
    "drop": 8.914,
    "change": -5.389,
    "rarest": -1.139,
    "presumes": -1.428,
    "head": -1.219,
    "kind": -1.468,
    "attribute": -2.181,
    "size": 1.336,
    "weight": -0.631,
    "structured": 0.951,
}
# Without an embedding of the question words decide alone.
_BY_WORDS = {
    "constant": 0.503,
    "coverage": 2.444,
    "rarest": -1.244,
    "presumes": -0.989,
    "head": -1.31,
    "kind": -1.561,
    "attribute": -2.53,
    "size": 3.165,
    "weight": -1.31,
    "structured": 1.4,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as evidence sees it. `groups` are the sets of year and paper keys that passages are looked up by."""

    text: str
    keys: Sequence[str]
    groups: Sequence[Sequence[str]]
    terms: Sequence[Term]
    weights: Sequence[float]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether there is an answer, why, and whether the question asks for what may be newer than the content.

    `documents` are those judged that have what the question names: an answer is written from no others.
    """

    answerable: bool
    reason: str
    newer: bool = False
    documents: frozenset[UUID] = frozenset()


class Case:
    """A question with the passages found for it, best first."""

    def __init__(self, asked: Asked, found: Sequence[Fused], *, calibrated: bool = True) -> None:
        """`calibrated` says that the cosines of `found` are MiniLM's; another model's lie elsewhere."""
        self._calibrated = calibrated
        self._asked = asked
        self._found = found
        # A paper's year is looked up; a year alone has to stand in the text.
        self._looked_up = any(key.startswith("paper:") for group in asked.groups for key in group)
        self._subject = subject.read(asked.text, asked.keys, asked.terms, asked.weights, looked_up=self._looked_up)

    @cached_property
    def refused(self) -> Judgement | None:
        """The refusal that no nearness changes, if there is one."""
        judged = self._found[:JUDGED]
        if moments.about_now(self._asked.text):
            return Judgement(False, "asks for news of these days")
        if not judged:
            return Judgement(False, "nothing was found")
        if self._looked_up and not any(one.parent.named for one in judged):
            return Judgement(False, "no passage is of that year and paper")
        if absent := barriers.missing_provision(self._subject, self._found, JUDGED):
            return Judgement(False, f"no passage has {absent}")
        if (year := self._to_come) is not None:
            return Judgement(False, f"takes {year} to be past")
        office = holders.office(self._asked.text)
        if office and not holders.named(office, (one.parent.text for one in judged)):
            return Judgement(False, f"no page names who is {office}")
        if not self._pages:
            return Judgement(False, f"no page has {self._stopped}")
        return None

    @property
    def _to_come(self) -> int | None:
        """A year after the newest content that the question speaks of as past; a page may have it as an aim."""
        newest = max((one.passage.published_on.year for one in self._found if one.passage.published_on), default=None)
        if newest is None or not moments.speaks_of_the_past(self._asked.text):
            return None
        return next((int(year) for year in self._subject.years if int(year) > newest), None)

    @cached_property
    def places(self) -> list[Place]:
        """The sentences that are weighed."""
        return weighing.best_places(self._subject, [one for page in self._pages.values() for one in page])

    @property
    def sentences(self) -> tuple[str, ...]:
        """What `judge` asks the nearness of."""
        return () if self.refused else tuple(place.compared for place in self.places)

    @cached_property
    def cut(self) -> str:
        """The question without the words that the best page lacks."""
        return weighing.cut(self._subject, self.places[0].reading.words) if self.places else self._asked.text

    def judge(self, nearness: Nearness | None) -> Judgement:
        """The verdict; `nearness` has MiniLM's cosines of `sentences` to the question and to `cut`, None without."""
        return replace(self._judged(nearness), newer=self.newer, documents=frozenset(self._pages))

    @property
    def newer(self) -> bool:
        """Does it ask for news, or name a year that the passages found do not have?"""
        absent = {year for year in self._subject.years if not any(year in one.parent.text for one in self._found)}
        latest = "demand:latest" in self._asked.keys
        return latest or bool(absent) or moments.about_now(self._asked.text)

    def _judged(self, nearness: Nearness | None) -> Judgement:
        if self.refused:
            return self.refused
        named = self._subject.provisions or self._looked_up
        if not self._subject.words and named:
            return Judgement(True, "what it names is there")
        if not self._subject.words:
            return Judgement(False, "asks about nothing")
        if not named and not any(place.coverage for place in self.places) and self._is_noise(nearness):
            return Judgement(False, "no page has a word of it")
        coefficients = _BY_WORDS if nearness is None else _BY_MEANING
        found = [weighing.logit(self.measured(place, nearness), coefficients) for place in self.places]
        best = max(found, default=-9.0)
        return Judgement(best >= 0, f"support {best:.2f}")

    def _is_noise(self, nearness: Nearness | None) -> bool:
        """Is what shares no word with the question not near enough to mean the same in others?"""
        # MiniLM knows English: to a question in another script anything is near.
        if _other_script(self._asked.text):
            return True
        near = [nearness.whole(sentence) for sentence in self.sentences] if nearness else []
        dense = [place.reading.dense for place in self.places if place.reading.dense is not None]
        return max([*near, *dense], default=0.0) < NEAR_WITHOUT_A_WORD

    def measured(self, place: Place, nearness: Nearness | None) -> dict[str, float]:
        """The measures of one of `places`."""
        keys = set(provisions(self._asked.keys)) & set(place.reading.parent.fact_keys)
        structured = bool(keys) or place.reading.parent.named
        return weighing.measures(self._subject, place, nearness, structured=structured)

    @cached_property
    def _documents(self) -> dict[UUID, list[Reading]]:
        """What was found of the judged documents, the judged passages first."""
        found: dict[UUID, list[Reading]] = {one.passage.document_id: [] for one in self._found[:JUDGED]}
        for one in self._found[:READ]:
            if one.passage.document_id in found:
                found[one.passage.document_id].append(
                    Reading(one.parent, one.chunk.text, one.chunk.dense if self._calibrated else None)
                )
        return found

    @cached_property
    def _pages(self) -> dict[UUID, list[Reading]]:
        """The documents that have what the question names; of a comparison, all of them together may have it."""
        every = self._documents
        found = {document: page for document, page in every.items() if not barriers.stopped_by(self._subject, page)}
        if not found and self._subject.compares:
            together = [one for page in every.values() for one in page]
            return {} if barriers.stopped_by(self._subject, together) else every
        return found

    @property
    def _stopped(self) -> str:
        reasons = (barriers.stopped_by(self._subject, page) for page in self._documents.values())
        return next((reason for reason in reasons if reason), "what it names")


def nearest(found: Sequence[Fused], limit: int = 3) -> tuple[str, ...]:
    """Titles to suggest instead, nearest first."""
    return tuple(dict.fromkeys(one.passage.title for one in found))[:limit]


def _other_script(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return 2 * sum(letter.isascii() for letter in letters) < len(letters)
