"""Who does what to whom: "Who appoints the Governor?" is not answered by what the Governor appoints."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.agents.terms import terms

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_ASKED = re.compile(
    r"\bwho(?:m)?\s{1,3}(?:(?:can|may|shall|will|must|could|has\s{1,3}power\s{1,3}to)\s{1,3})?"
    r"(?P<verb>(?!(?:is|are|was|were|has|have|had|be|can|may|did|does|do)\b)[a-z]{3,20})"
    r"\s{1,3}(?P<whom>(?:the|an?)\s{1,3}[^?.,;:]{2,80})",
    re.IGNORECASE,
)
# "Is the Governor elected" is answered by who appoints him: these are ways into one office.
_OFFICE = re.compile(
    r"\W{0,9}(?:how\s{1,3})?(?:is|are|was|were)\s{1,3}(?P<whom>(?:the|an?)\s{1,3}[^?.,;:]{2,80}?)\s{1,3}"
    r"(?:directly\s{1,3}|indirectly\s{1,3})?(?P<verb>appointed|chosen|elected|nominated|selected)\b",
    re.IGNORECASE,
)
_WAYS = frozenset(terms("appoint choose chosen elect nominate select"))
_ENDS_TEXT = "and at by during for from if in of on or to under when who with without"
_ENDS = frozenset(_ENDS_TEXT.split())
# What may stand between the act and the one it is done to, and what begins a passive.
_BETWEEN_TEXT = "a all an any as each every its of other persons such the their to"
_BETWEEN = frozenset(_BETWEEN_TEXT.split())
_BEING = frozenset(("be", "been", "being", "is", "are", "was", "were"))
# So many words may come between them, or between the two halves of a passive.
_NEAR = 3
_PASSIVE = 12


@dataclass(frozen=True, slots=True)
class Action:
    """What is done, as a term, and the words of the one it is done to."""

    verb: str
    whom: tuple[str, ...]

    def names_it_in(self, text: str) -> bool:
        """Does the text name that one?"""
        return bool(self._places(_words(text)))

    def done_in(self, text: str) -> bool | None:
        """Is it done to that one in the text? None where the text does not have both."""
        words = _words(text)
        acts = [place for place, word in enumerate(words) if self.verb in terms(word)]
        places = self._places(words)
        if not acts or not places:
            return None
        return any(_done(words, act, at, after) for act in acts for at, after in places)

    def settled_in(self, text: str) -> bool:
        """Does the text say who puts that one into office, in whatever way?"""
        if self.verb not in _WAYS:
            return False
        words = _words(text)
        acts = [place for place, word in enumerate(words) if not _WAYS.isdisjoint(terms(word))]
        return any(
            _done(words, act, at, after)
            and (words[act].endswith("s") if act < at else "by" in words[act + 1 : act + 2])
            for act in acts
            for at, after in self._places(words)
        )

    def _places(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """Where that one is named, from and up to which word."""
        plain, size = tuple(map(_plain, words)), len(self.whom)
        return [(at, at + size) for at in range(len(plain) - size + 1) if plain[at : at + size] == self.whom]


def asked(question: str) -> Action | None:
    """The act that a question wants the doer of, None where it asks for something else."""
    found = _ASKED.search(question) or _OFFICE.match(question)
    verb = terms(found["verb"]) if found else []
    if not found or not verb:
        return None
    whom: list[str] = []
    for word in _words(found["whom"])[1:]:
        if word in _ENDS:
            break
        whom.append(_plain(word))
    return Action(verb[0], tuple(whom)) if whom else None


def _done(words: Sequence[str], act: int, first: int, after: int) -> bool:
    if act < first:
        between = words[act + 1 : first]
        others = [word for word in between if word not in _BETWEEN]
        return len(between) <= _NEAR and len(others) <= 1 and _ENDS.isdisjoint(others)
    return act - after <= _PASSIVE and not _BEING.isdisjoint(words[after:act])


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _plain(word: str) -> str:
    return word.removesuffix("'s").removesuffix("’s").removesuffix("s")
