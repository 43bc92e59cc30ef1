"""How past questions are written down: a line for each row, a table of counts. Every figure comes from SQL. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from app.agents import quotation
from app.agents.specialists import headings
from app.agents.supervisor import Filters
from app.agents.units import units
from app.retrieval.passage import Passage
from app.retrieval.past_questions import Listing

# Up to so many rows are quoted whole, longer lists by their first sentence.
WHOLE_ROWS = 6
# A range of years longer than this is counted without its empty years.
MOST_EMPTY_YEARS = 15

_WORDS = {
    "found": ("{} past questions fit", "{} पिछले प्रश्न मिलते हैं"),
    "found_one": ("1 past question fits", "1 पिछला प्रश्न मिलता है"),
    "near": (
        "No entry is on exactly this topic; the nearest in meaning:",
        "ठीक इसी विषय पर कोई प्रविष्टि नहीं है; अर्थ में निकटतम:",
    ),
    "paraphrased": ("in paraphrase", "भावानुवाद में"),
    "marks": ("marks", "अंक"),
    "more": (
        "{} more fit; name a year, paper or topic to narrow them.",
        "{} और मिलते हैं; वर्ष, प्रश्नपत्र या विषय से सीमित करें।",
    ),
    "none_of": ("None here is of {}.", "यहाँ {} का कोई प्रश्न नहीं है।"),
    "year": ("Year", "वर्ष"),
    "total": ("Total", "कुल"),
    "questions": ("Questions", "प्रश्न"),
}


def in_order(rows: Sequence[Passage]) -> list[Passage]:
    """Rows as they are listed: newest year first, then by paper."""
    return sorted(rows, key=lambda row: (-(row.year or 0), row.paper or "", row.title))


def opening(listing: Listing, filters: Filters, language: str, missed: Sequence[int] = ()) -> str:
    """How many rows fit, and which of the years asked for have none; `missed` were asked for and given up."""
    if listing.near:
        return f"{_say('near', language)}\n\n"
    count = _say("found_one", language) if listing.total == 1 else _say("found", language, listing.total)
    named = _named(filters)
    said = f"{count}{f' ({named})' if named else ''}, {_say('paraphrased', language)}:"
    found = {year for year, _ in listing.tally}
    empty = [str(year) for year in filters.years if year not in found]
    empty += map(str, missed)
    if empty and len(empty) <= MOST_EMPTY_YEARS:
        said += f" {_say('none_of', language, ', '.join(empty))}"
    return f"{said}\n\n"


def lines(numbered: Sequence[tuple[int, Passage]], listing: Listing, language: str) -> Iterator[str]:
    """One line for each row, and how many more there are."""
    whole = len(numbered) <= WHOLE_ROWS
    for number, row in numbered:
        marks = row.metadata.get("marks")
        details = f" ({quotation.title_of(str(marks))} {_say('marks', language)})" if marks else ""
        subject = f", {quotation.title_of(row.subject)}" if row.subject else ""
        paper = quotation.title_of(row.paper or "")
        yield f"- **{row.year}, {paper}**{details}{subject}: {_text(row, whole=whole)} [{number}]\n"
    if listing.total > len(numbered):
        yield f"\n{_say('more', language, listing.total - len(numbered))}\n"


def table(listing: Listing, filters: Filters, language: str) -> Iterator[str]:
    """Counts by year and paper as a Markdown table; asked-for years without any row count 0."""
    papers = sorted({paper for _, paper in listing.tally})
    years = {year for year, _ in listing.tally}
    if len(filters.years) <= MOST_EMPTY_YEARS:
        years |= set(filters.years)
    heads = [*(quotation.title_of(paper) for paper in papers), _say("total", language)]
    if len(papers) == 1:
        heads = [f"{heads[0]}"]
    yield headings.bold("by_year", language)
    yield f"| {' | '.join([_say('year', language), *heads])} |\n|{' --- |' * (len(heads) + 1)}\n"
    for year in sorted(years):
        yield f"| {' | '.join([str(year), *map(str, _counts(listing.tally, papers, [year]))])} |\n"
    yield f"| {' | '.join([_say('total', language), *map(str, _counts(listing.tally, papers, sorted(years)))])} |\n\n"


def _counts(tally: Mapping[tuple[int, str], int], papers: Sequence[str], years: Sequence[int]) -> list[int]:
    """The count of each paper in these years, and their sum where there is more than one paper."""
    counts = [sum(tally.get((year, paper), 0) for year in years) for paper in papers]
    return [*counts, sum(counts)] if len(papers) > 1 else counts


def _text(row: Passage, *, whole: bool) -> str:
    said = [" ".join(unit.text.split()) for unit in units(row.text)]
    said = [one for one in said if one != f"The subject is {row.subject}."] or said
    return quotation.safe(" ".join(said if whole else said[:1]).removeprefix("Paraphrase: "))


def _named(filters: Filters) -> str:
    """The filters in words. The topic is the student's own text and is not repeated; a subject is the collection's."""
    parts = [quotation.title_of(filters.subject)] if filters.subject else []
    parts += [" ".join(paper.upper() if paper.startswith(("gs", "cs")) else paper for paper in filters.papers)]
    if len(filters.years) > 2 and filters.years[-1] - filters.years[0] == len(filters.years) - 1:
        parts.append(f"{filters.years[0]}-{filters.years[-1]}")
    else:
        parts.append(", ".join(map(str, filters.years)))
    return ", ".join(filter(None, parts))


def _say(name: str, language: str, *values: object) -> str:
    english, hindi = _WORDS[name]
    return (hindi if language == "hi" else english).format(*values)
