"""What a question names, and which passages it therefore means: provisions, papers, Acts and titles. Pure.

Look-ups bring every passage that shares a key with the question; whether it is meant is decided here, because an array
of keys cannot tell "section 66A of the IT Act" from any other section 66A.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.db.search import Parent
from app.retrieval import titles
from app.retrieval.fact_keys import lookup_keys, provisions
from app.retrieval.names import folded, namings, spelled_out

STAGES = frozenset({"paper:prelims", "paper:mains"})
# A title is meant when the question is mostly about it: by this share of the weight of the question's words.
TITLE_SHARE = 0.5
_KINDS_OF_LAW = "act|acts|code|sanhita|adhiniyam|ordinance|rules|regulation|constitution"
_SECTION = r"\b(?:sections?|secs?\b\.?|ss?\.)\s{0,3}\d{1,3}-?[a-z]{0,2}(?:\s?\(\s?[\da-z]{1,4}\s?\)){0,4}"
# After "of", "under" or "in" in any case, else in capitals: "section 66A say about the Act" names no law.
_SECTION_OF = re.compile(
    rf"(?i:{_SECTION})[\s,]{{1,3}}(?:"
    rf"(?i:of|under|in)\s{{1,3}}(?:the\s{{1,3}})?(?P<law>(?:[\w&()-]{{1,40}}[\s,]{{1,3}}){{0,9}}?(?i:{_KINDS_OF_LAW})\b"
    rf"|[A-Z][A-Za-z]{{1,10}}\b)|(?P<bare>(?:[A-Z][\w&()-]{{0,40}}\s{{1,3}}){{0,8}}[A-Z][A-Za-z]{{1,40}}\b))"
)
_LAW_BEFORE = re.compile(
    rf"(?P<law>\b[A-Z][\w&-]{{0,40}}(?:\s{{1,3}}[\w&-]{{1,40}}){{0,8}}?)[\s,]{{1,3}}(?i:{_SECTION})"
)
_IS_LAW = re.compile(rf"\b(?:{_KINDS_OF_LAW})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the question names.

    `law` has the words of the Act whose section is named. `groups` are years, stages and papers, each kind for itself:
    "2022 or 2023" widens, "2022 GS2" narrows. `quoted` are the keys of titles that may be quoted, with their words.
    """

    provisions: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    law: frozenset[str] = frozenset()
    groups: tuple[tuple[str, ...], ...] = ()
    quoted: Mapping[str, tuple[str, ...]] | None = None
    latest: bool = False

    @property
    def looked_up(self) -> list[str]:
        """The keys of which a named passage has one."""
        return [*self.provisions, *(self.quoted or ())]

    def means(self, parent: Parent) -> bool:
        """Is this a provision that is named, of the law that is named, or of the years and papers named?"""
        keys = set(parent.fact_keys)
        if any(key in keys and (not key.startswith("section:") or self._of_law(parent)) for key in self.provisions):
            return True
        return bool(self.groups) and all(keys & set(group) for group in self.groups)

    def quotes(self, parent: Parent, weight_of: Mapping[str, float]) -> bool:
        """Does the question quote this parent's title, and is that most of what it asks? `weight_of` folded words."""
        whole = sum(weight_of.values())
        for key in set(self.quoted or ()) & set(parent.fact_keys):
            words = set((self.quoted or {})[key])
            if sum(weight for word, weight in weight_of.items() if word in words) >= TITLE_SHARE * whole:
                return True
        return False

    def _of_law(self, parent: Parent) -> bool:
        named = f"{parent.title}\n{parent.header}\n{parent.metadata.get('act', '')}"
        return self.law <= set(folded(spelled_out(named)))


def wanted(question: str, keys: Sequence[str]) -> Wanted:
    """What `question` names; `keys` are its fact keys."""
    return Wanted(
        provisions=provisions(keys),
        clauses=tuple(key for key in keys if key.startswith("article:") and "(" in key),
        law=_law(question),
        groups=_groups(lookup_keys(keys)),
        quoted=titles.quoted(question),
        latest="demand:latest" in keys,
    )


def _law(question: str) -> frozenset[str]:
    """The words of the Act whose section is asked for, under its formal name; empty without one."""
    if match := _SECTION_OF.search(question):
        law = match["law"] or match["bare"]
    elif match := _LAW_BEFORE.search(question):
        law = match["law"]
    else:
        return frozenset()
    # In capitals, because "it act" is one here; the small letters say that capitals mean something.
    formal = next((naming.formal for naming in namings(f"{law.upper()} of") if naming.formal), None)
    if not formal and not _IS_LAW.search(law) and not law.isupper():
        return frozenset()
    return frozenset(folded(formal or law)) - titles.SMALL


def _groups(keys: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    kinds: tuple[list[str], ...] = ([], [], [])
    for key in keys:
        if key.startswith("year:"):
            kinds[0].append(key)
        elif key in STAGES:
            kinds[1].append(key)
        elif key.startswith("paper:"):
            kinds[2].append(key)
    return tuple(tuple(kind) for kind in kinds if kind)
