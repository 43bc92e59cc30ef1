"""The rung without a model: it quotes the passages and cites them, and says nothing of its own about the matter."""

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Literal

from app.agents import entries, quotation, windows
from app.agents.answer import Intent
from app.agents.rung import Assignment, Draft
from app.agents.terms import rarity, terms
from app.agents.units import units
from app.agents.windows import Wanted, Window
from app.errors import ProviderGarbage
from app.retrieval.passage import Passage

# The second parent is quoted when it fits at least this well, as a share of the first.
SECOND_PARENT = 0.85

_WORD = re.compile(r"[^\W\d_][\w'-]*")


class ExtractiveRung:
    """Quotes one or two parents, or lists the entries found where past questions are asked for."""

    tier: Literal["extractive"] = "extractive"
    model: str | None = None

    async def open(self, assignment: Assignment) -> Draft:
        """The quoted answer as a draft.

        Raises:
            ProviderGarbage: there is nothing to quote.
        """
        text = answer(assignment.question, assignment.intent, assignment.passages)
        if not text:
            raise ProviderGarbage("the passages hold nothing to quote")
        return Draft(_blocks(text))


def answer(question: str, intent: Intent, passages: Sequence[Passage]) -> str:
    """The answer to a question from its passages (best first, numbered from 1); "" when they hold no text."""
    return _SHAPES[intent](question, passages)


def _quoted(question: str, passages: Sequence[Passage]) -> str:
    return quotation.written(passages, _chosen(question, passages))


def _essay(question: str, passages: Sequence[Passage]) -> str:
    """How to build it first, then what to put in: the best parent of each of the two kinds."""
    parts = []
    for title, structure in (("How to build it", True), ("Material", False)):
        numbered = [(n, p) for n, p in enumerate(passages, 1) if (p.domain == "essay_structure") is structure]
        found = _windows(question, passages, numbered[:1])
        if found:
            parts.append(f"**{title}**\n\n{quotation.written(passages, found)}")
    return "\n\n".join(parts)


def _dated(question: str, passages: Sequence[Passage]) -> str:
    return quotation.written(passages, _chosen(question, passages), dated=True)


_SHAPES: dict[Intent, Callable[[str, Sequence[Passage]], str]] = {
    "factual": _quoted,
    "essay": _essay,
    "current_affairs": _dated,
    "pyq": entries.listed,
}


def _chosen(question: str, passages: Sequence[Passage]) -> list[Window]:
    """The windows of the retriever's first parent, and of the one that fits best beside it."""
    want = _want(question, passages)
    found: dict[int, list[Window]] = {}
    for number, passage in enumerate(passages, 1):
        if one := windows.best(number, passage, want):
            found[number] = one
    # The retriever's rank counts too: it has seen meaning where this sees words.
    fit = {n: one[0].score + passages[n - 1].score + passages[n - 1].structured for n, one in found.items()}
    if not fit:
        return []
    first = min(fit)
    named = _names(question) & _words(passages[first - 1])
    others = [n for n in fit if n != first and named <= _words(passages[n - 1])]
    second = max(others, key=lambda n: fit[n], default=first)
    windows_of = {first: 2}
    if second != first and found[second][0].score > 0 and fit[second] >= SECOND_PARENT * max(fit.values()):
        windows_of[second] = 1
    return [one for n in sorted(windows_of) for one in windows.best(n, passages[n - 1], want, most=windows_of[n])]


def _names(question: str) -> set[str]:
    """Words that a question capitalises, but for its first: a second parent that lacks them speaks of another thing."""
    return {word.casefold() for word in _WORD.findall(question)[1:] if word[0].isupper()}


def _words(passage: Passage) -> set[str]:
    return {word.casefold() for word in _WORD.findall(f"{passage.header} {passage.text}")}


def _windows(question: str, passages: Sequence[Passage], numbered: Sequence[tuple[int, Passage]]) -> list[Window]:
    want = _want(question, passages)
    return [window for n, passage in numbered for window in windows.best(n, passage, want, most=2)]


def _want(question: str, passages: Sequence[Passage]) -> Wanted:
    return windows.wanted(
        question, rarity(terms(f"{unit.heading} {unit.text}") for p in passages for unit in units(p.text))
    )


async def _blocks(text: str) -> AsyncGenerator[str, None]:
    for block in text.splitlines(keepends=True):
        yield block
