"""Past papers: rows by filter, counted by SQL, never made up; a solution is quoted from the domains of facts."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.agents import asking, picks, quotes
from app.agents import filters as rules
from app.agents.answer import Intent
from app.agents.filters import Coverage
from app.agents.material import PASSAGES, Composed, Inquiry, Material
from app.agents.quotes import Quotes
from app.agents.rung import Assignment
from app.agents.specialists import demand, headings, rows
from app.agents.specialists.factual import explained
from app.agents.specialists.library import Library, Rows, gathered
from app.agents.supervisor import Filters
from app.agents.terms import terms
from app.retrieval.meaning import Closeness
from app.retrieval.passage import Passage, Retrieved
from app.retrieval.past_questions import Listing, Narrowing

# Two subjects of which either will do.
_EITHER = re.compile(r"\b(?:or|and|versus|vs)\b|,", re.IGNORECASE)
# At most so many rows in one answer.
MOST_ROWS = 20
# Rows that are solved at once.
SOLVED = 1
# A passage of this cosine to a past question's theme is on its topic.
NEAR = 0.4
# Points beside the first sentence of a solution.
_SOLUTION_POINTS = 5

_NONE_FITS = {
    "en": "No past question here fits all that was asked for; the collection covers {} to {}.",
    "hi": "यहाँ कोई पिछला प्रश्न इन सब शर्तों पर नहीं है; संग्रह {} से {} तक का है।",
}
_OTHER_YEARS = {
    "en": "There are no past questions of {} here: the collection covers {} to {}.",
    "hi": "यहाँ {} के पिछले प्रश्न नहीं हैं: संग्रह {} से {} तक का है।",
}
_NO_SOLUTION = {
    "en": "The study material here does not hold the answer to it.",
    "hi": "यहाँ की अध्ययन सामग्री में इसका उत्तर नहीं है।",
}
_BRIEF_LIST = "The list above is already shown. Add only what it has in common, in one or two cited sentences."
_BRIEF_SOLVE = "The question above is already shown. Write its answer from the other passages."


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which rows a question wants and which it does not, of a collection that holds so much."""

    filters: Filters
    excluded: tuple[Filters, ...]
    held: Coverage

    def over(self, **update: object) -> "_Asked":
        """The same with other filters."""
        return replace(self, filters=self.filters.model_copy(update=update))

    @property
    def narrowing(self) -> Narrowing:
        """As the collection is asked."""
        return replace(_narrowing(self.filters), without=tuple(map(_narrowing, self.excluded)))


def _narrowing(filters: Filters) -> Narrowing:
    subjects = (filters.subject,) if filters.subject else ()
    return Narrowing(filters.years, filters.papers, subjects, filters.topic)


class PastPapers:
    """Lists, counts and solves past questions; questions about the examination itself are answered from its pages."""

    intent: Intent = "pyq"
    max_tokens = 900

    async def gather(self, inquiry: Inquiry, library: Library) -> Material:
        """The rows that fit, or the pages on the examination; nothing when no row does."""
        if library.rows is None:
            return await self._pages(inquiry, library)
        held = await library.rows.held(inquiry.snapshot, inquiry.domains)
        asked = _asked_for(inquiry, Coverage(held.oldest, held.newest, held.subjects))
        if _is_of_other_years(asked):
            return await self._none(inquiry, library.rows, asked)
        of_rows = demand.is_about_rows(inquiry.question, asked.filters) or any(one.years for one in asked.excluded)
        if not of_rows:
            pages = await self._pages(inquiry, library)
            if asked.filters.topic is None or not pages.passages or any(one.year is None for one in pages.passages):
                return pages
        if demand.of(inquiry.question) == "solve":
            return await self._solved(inquiry, library, library.rows, asked)
        return await self._listed(inquiry, library.rows, asked)

    def compose(self, assignment: Assignment, close: Closeness) -> Iterator[str]:
        """The composed rows and counts, then a solution where one was asked for; pages are quoted."""
        if assignment.listing is None:
            yield from explained(assignment, close)
            return
        yield Composed(assignment.lead)
        if demand.of(assignment.question) == "solve":
            yield from _solution(assignment)

    async def _pages(self, inquiry: Inquiry, library: Library) -> Material:
        found = await library.search(inquiry, inquiry.question, inquiry.domains)
        pages = [one for one in found.passages if one.year is None] or found.passages
        return gathered(found, ("main", pages), filters=inquiry.filters)

    async def _listed(self, inquiry: Inquiry, store: Rows, asked: _Asked) -> Material:
        limit = min(asked.filters.count or MOST_ROWS, MOST_ROWS)
        missed: tuple[int, ...] = ()
        listing = await _found(inquiry, store, asked, limit)
        if not listing.rows and asked.filters.topic and asked.filters.years and demand.is_whether(inquiry.question):
            missed, asked = asked.filters.years, asked.over(years=())
            listing = await _found(inquiry, store, asked, limit)
        if not listing.rows or (missed and listing.near):
            return await self._none(inquiry, store, asked)
        shown = rows.in_order(listing.rows)
        parts = [rows.opening(listing, asked.filters, inquiry.language, missed, asked.excluded)]
        if demand.of(inquiry.question) == "count" and not listing.near:
            parts += rows.table(listing, asked.filters, inquiry.language)
        parts += rows.lines(list(enumerate(shown, 1)), listing, inquiry.language)
        return gathered(
            _as_found(listing),
            ("row", shown),
            filters=asked.filters,
            listing=listing,
            lead="".join(parts) + "\n",
            brief=_BRIEF_LIST,
        )

    async def _solved(self, inquiry: Inquiry, library: Library, store: Rows, asked: _Asked) -> Material:
        listing = await _quoted(inquiry, store, asked) or await _found(inquiry, store, asked, SOLVED)
        if not listing.rows:
            return await self._none(inquiry, store, asked)
        row = listing.rows[0]
        facts = inquiry.every.get("factual", ())
        by_theme, by_text = await asyncio.gather(
            library.search(inquiry, _theme(row), facts, near=NEAR),
            library.search(inquiry, _asked(row), facts, near=NEAR),
        )
        found = by_theme if by_theme.passages else by_text
        line = "".join(rows.lines([(1, row)], listing, inquiry.language))
        return gathered(
            _as_found(listing),
            ("row", [row]),
            ("companion", found.passages[: PASSAGES - 1]),
            others=(by_theme, by_text),
            filters=asked.filters,
            listing=listing,
            lead=f"{headings.bold('question', inquiry.language)}{line}\n",
            brief=_BRIEF_SOLVE,
        )

    async def _none(self, inquiry: Inquiry, store: Rows, asked: _Asked) -> Material:
        """A refusal with the nearest rows: the same topic in other years and papers, else the same year and paper."""
        nearest: Sequence[Passage] = ()
        for wider in (asked.over(years=(), papers=()), asked.over(topic=None, subject=None)):
            found = await _asked_of(store, inquiry, wider.narrowing, 3)
            if nearest := rows.in_order(found.rows):
                break
        retrieved = Retrieved((), False, tuple(one.title for one in nearest), found.degraded, found.namespaces)
        return gathered(retrieved, filters=asked.filters, refusal=_why_none(asked, inquiry.language))


def _asked_for(inquiry: Inquiry, held: Coverage) -> _Asked:
    """What the rules read, completed by what a router found that they did not."""
    ruled, routed = rules.read(inquiry.question, held), inquiry.filters
    filters = ruled.model_copy(
        update={
            "years": ruled.years or routed.years,
            "papers": ruled.papers or routed.papers,
            "count": ruled.count or routed.count,
        }
    )
    return _Asked(filters, rules.excluded(inquiry.question, held), held)


def _is_of_other_years(asked: _Asked) -> bool:
    """Whether years are asked for and the collection goes through none of them."""
    oldest, newest, years = asked.held.oldest, asked.held.newest, asked.filters.years
    if not years or oldest is None or newest is None:
        return False
    return not any(oldest <= year <= newest for year in years)


def _why_none(asked: _Asked, language: str) -> str:
    oldest, newest = asked.held.oldest, asked.held.newest
    if newest is None:
        return ""
    if _is_of_other_years(asked):
        return _OTHER_YEARS.get(language, _OTHER_YEARS["en"]).format(rows.years(asked.filters.years), oldest, newest)
    return _NONE_FITS.get(language, _NONE_FITS["en"]).format(oldest, newest)


def _solution(assignment: Assignment) -> Iterator[str]:
    numbered = assignment.numbered("companion")
    yield Composed(headings.bold("answer", assignment.language))
    if not numbered:
        yield Composed(_NO_SOLUTION.get(assignment.language, _NO_SOLUTION["en"]))
        return
    _, row = assignment.numbered("row")[0]
    # A solution explains: it says what the thing is first.
    question = picks.asked(f"Explain {_theme(row)}: {_asked(row)}", numbered)
    chosen = Quotes(question, numbered)
    answer = chosen.answer()
    yield from quotes.paragraph(answer)
    yield from quotes.listed(chosen.points(answer, _SOLUTION_POINTS))


def _theme(row: Passage) -> str:
    theme = row.metadata.get("theme")
    return str(theme) if theme else row.title.partition(": ")[2] or row.title


def _asked(row: Passage) -> str:
    """What a row asked for, without the words about paper and year that every row has."""
    return rules.read(row.text.removeprefix("Paraphrase: ")).topic or _theme(row)


async def _quoted(inquiry: Inquiry, store: Rows, asked: _Asked) -> Listing | None:
    """The row whose own words the question quotes, as one picked out of a list does."""
    quoted = asking.QUOTED.search(inquiry.question)
    if quoted is None:
        return None
    narrowing = replace(asked.narrowing, subjects=())
    found = await _asked_of(store, inquiry, narrowing, MOST_ROWS)
    fitting = tuple(row for row in found.rows if rows.has(row, quoted[0]))[:SOLVED]
    return replace(found, rows=fitting, tally={}) if fitting else None


async def _found(inquiry: Inquiry, store: Rows, asked: _Asked, limit: int) -> Listing:
    """By the subject where the topic is little else, then by the topic's words, then by any subject that it names."""
    topic, subject = asked.filters.topic or "", asked.filters.subject
    named = rules.subjects(topic, asked.held)
    tries = [asked.narrowing]
    if named:
        by_subject = replace(tries[0], subjects=named)
        tries = [by_subject] if subject or _EITHER.search(topic) else [*tries, by_subject]
    if subject and _is_name(topic, subject):
        tries = [replace(asked.narrowing, subjects=()), *tries]
    listing = Listing()
    for narrowing in tries:
        listing = await _asked_of(store, inquiry, narrowing, limit)
        if listing.rows and not listing.near:
            break
    return listing


async def _asked_of(store: Rows, inquiry: Inquiry, narrowing: Narrowing, limit: int) -> Listing:
    return await store.find(narrowing, snapshot=inquiry.snapshot, domains=inquiry.domains, limit=limit, log=inquiry.log)


def _is_name(topic: str, subject: str) -> bool:
    """Whether the topic is a longer name with the subject in it: the Monetary Policy Committee, not monetary policy."""
    named = {term for word in topic.split() if word[:1].isupper() for term in terms(word)}
    return set(terms(subject)) < named


def _as_found(listing: Listing) -> Retrieved:
    return Retrieved(listing.rows, True, (), listing.degraded, listing.namespaces)
