"""What comes first of the passages that a question names: the law itself, then the clause, then its opening. Pure."""

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from app.retrieval.fact_keys import fact_keys
from app.retrieval.fused import Fused
from app.retrieval.wanted import Wanted

# "Article 19", "Seventh Schedule", "73rd Constitutional Amendment".
PROVISION_WORDS = 3
# The opening of a provision leads when it scores at least this share of its best part.
OPENING_SHARE = 0.6
_BLANKS = re.compile(r"\s+")


def ordered(fused: Sequence[Fused], wanted: Wanted) -> list[Fused]:
    """By what the question names, then by score.

    The text of a provision itself comes before texts about it: "Article 19" is the locator of such a text where
    "Article 19: the six freedoms" is not. A clause that is named comes before the rest of its article.
    """
    holders = _clause_holders(fused, wanted)
    ranked = sorted(
        fused,
        key=lambda one: (
            not one.parent.named,
            not one.passage.structured,
            not _is_provision(one.passage.locator, wanted.provisions),
            one.parent.id not in holders,
            -one.passage.score,
            one.passage.parent_id,
        ),
    )
    return ranked if holders else _opening_first(ranked, wanted.provisions)


def _opening_first(ranked: list[Fused], provisions: Sequence[str]) -> list[Fused]:
    """`ranked` with the opening of a provision that leads it before its later parts, unless it fits far worse.

    A provision begins with its rule: "Which freedoms does Article 19 give?" must not be answered with clause (6) alone.
    """
    if not ranked or not _is_provision(ranked[0].passage.locator, provisions):
        return ranked
    best = ranked[0]
    for one in ranked:
        same = one.passage.document_id == best.passage.document_id
        if same and one.parent.position == 0 and one.passage.score >= OPENING_SHARE * best.passage.score:
            return [one, *(other for other in ranked if other is not one)]
    return ranked


def _is_provision(locator: str, asked: Sequence[str]) -> bool:
    """Does this locator name one of the provisions, and nothing else?"""
    keys = fact_keys(locator) if asked else ()
    return len(keys) == 1 and keys[0] in asked and len(locator.split()) <= PROVISION_WORDS


def _clause_holders(fused: Sequence[Fused], wanted: Wanted) -> set[UUID]:
    """The named passages with a clause that the question names, in the law's own layout or spelled out."""
    found: set[UUID] = set()
    named = sorted((one for one in fused if one.parent.named), key=lambda one: one.parent.position)
    for clause in wanted.clauses:
        article, *steps = clause.removeprefix("article:").replace(")", "").split("(")
        spelled = clause.removeprefix("article:")
        by_document: dict[UUID, list[Fused]] = {}
        for one in named:
            if f"article:{article}" in one.parent.fact_keys:
                by_document.setdefault(one.passage.document_id, []).append(one)
            if spelled in _BLANKS.sub("", one.parent.text).lower():
                found.add(one.parent.id)
        for parts in by_document.values():
            found |= _ends_in(parts, steps)
    return found


def _ends_in(parts: Iterable[Fused], steps: Sequence[str]) -> set[UUID]:
    """The part in which the last of `steps` is reached, (1) before its (a), each at the start of a line."""
    waiting = list(steps)
    for one in parts:
        at = 0
        text = one.parent.text
        while waiting:
            match = re.compile(rf"^\W{{0,3}}\(?{re.escape(waiting[0])}\)", re.MULTILINE | re.IGNORECASE).search(
                text, at
            )
            if not match:
                break
            at = match.end()
            # "(1)(a)" may stand on one line.
            text = f"{text[:at]}\n{text[at:].lstrip()}"
            waiting.pop(0)
        if not waiting:
            return {one.parent.id}
    return set()
