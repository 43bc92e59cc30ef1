"""Lists the past questions that were found. Each line is a row of the collection, never made up."""

import re
from collections.abc import Sequence

from app.agents import quotation
from app.agents.terms import terms
from app.agents.units import units
from app.retrieval.fact_keys import fact_keys
from app.retrieval.passage import Passage

MOST = 5

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def listed(question: str, passages: Sequence[Passage]) -> str:
    """One line for each entry that fits, in the passages' order; nothing without passages."""
    years = {int(year) for year in _YEAR.findall(question)}
    numbered = list(enumerate(passages, 1))
    of_years = [(n, p) for n, p in numbered if p.year in years]
    fitting = _narrowed(question, of_years or numbered)
    opening = "Past questions found, in paraphrase:"
    if years and not of_years:
        asked = " or ".join(str(year) for year in sorted(years))
        opening = f"None of the entries found is of {asked}; these come nearest, in paraphrase:"
    lines = [f"- **{quotation.title(p)}:** {_entry(p)} [{n}]" for n, p in fitting]
    return "\n".join([opening, "", *lines]) if lines else ""


def _narrowed(question: str, entries: list[tuple[int, Passage]]) -> list[tuple[int, Passage]]:
    """The entries of the paper and then of the subject that the question names, as far as any are."""
    keys, asked = set(fact_keys(question)), set(terms(question))
    for fits in (
        lambda passage: f"paper:{(passage.paper or '').casefold()}" in keys,
        lambda passage: asked & set(terms(f"{passage.subject or ''}")),
    ):
        entries = [(n, passage) for n, passage in entries if fits(passage)] or entries
    return entries[:MOST]


def _entry(passage: Passage) -> str:
    text = " ".join(" ".join(unit.text for unit in units(passage.text)).split())
    return quotation.safe(text.removeprefix("Paraphrase: "))
