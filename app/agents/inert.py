"""Passages as everything behind the search sees them: nothing in them speaks to a machine, titles are plain text."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from app.agents import instructions, quotation
from app.db.past_questions import Held
from app.db.snapshot import Snapshot
from app.retrieval.calls import CallLog
from app.retrieval.passage import Passage, Retrieved
from app.retrieval.past_questions import Listing, Narrowing, PastQuestions

# What a title that orders its reader about is called instead.
_UNTITLED = "Untitled passage"
# A passage takes 3 to 5 ms, and the same ones are found again and again; 4,096 texts are some 10 MB.
_REMEMBERED = 4_096


def passage(given: Passage) -> Passage:
    """`given` without instructions; its place, version and citation stay what they are."""
    # The questions of an examination order their reader to discuss and explain.
    orders = given.year is None
    return replace(
        given,
        title=title(given.title),
        header="\n".join(title(line) for line in given.header.splitlines()),
        locator=title(given.locator),
        text=_without(given.text, orders=orders),
        best_child=_without(given.best_child, orders=orders),
    )


def retrieved(found: Retrieved) -> Retrieved:
    """`found` with inert passages, those that were nothing else left out, and inert titles to suggest."""
    passages = [one for given in found.passages if (one := passage(given)).text.strip()]
    return replace(found, passages=tuple(passages), nearest=tuple(title(one) for one in found.nearest))


@lru_cache(_REMEMBERED)
def _without(text: str, *, orders: bool) -> str:
    return instructions.without(text, orders=orders)


@lru_cache(_REMEMBERED)
def title(text: str) -> str:
    """A title as plain text on one line."""
    plain = quotation.title_of(text)
    return _UNTITLED if instructions.looks_like_instruction(plain) else plain


class InertRows:
    """Past questions whose rows are inert."""

    def __init__(self, rows: PastQuestions) -> None:
        self._rows = rows

    async def held(self, snapshot: Snapshot, domains: Sequence[str]) -> Held:
        """See PastQuestions.held."""
        return await self._rows.held(snapshot, domains)

    async def find(
        self, narrowing: Narrowing, *, snapshot: Snapshot, domains: Sequence[str], limit: int, log: CallLog
    ) -> Listing:
        """See PastQuestions.find."""
        listing = await self._rows.find(narrowing, snapshot=snapshot, domains=domains, limit=limit, log=log)
        return replace(listing, rows=await asyncio.to_thread(_every, listing.rows))


def _every(rows: Sequence[Passage]) -> tuple[Passage, ...]:
    return tuple(passage(row) for row in rows)
