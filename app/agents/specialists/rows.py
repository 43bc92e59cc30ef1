"""How past questions are written down: a line for each row, a table of counts. Every figure comes from SQL. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.agents import quotation
from app.agents.specialists import headings
from app.agents.supervisor import Filters
from app.agents.units import units
from app.db.past_questions import STAGES
from app.retrieval.passage import Passage
from app.retrieval.past_questions import Listing

# Up to so many rows are quoted whole, longer lists by their first sentence.
WHOLE_ROWS = 6
# A range of years longer than this is counted without its empty years.
MOST_EMPTY_YEARS = 15

_WORDS = {
    "found": (
        "{} past questions fit{} in this sample of the papers, in paraphrase:",
        "प्रश्नपत्रों के इस नमूने में {} पिछले प्रश्न मिलते हैं{}, भावानुवाद में:",
    ),
    "found_one": (
        "{} past question fits{} in this sample of the papers, in paraphrase:",
        "प्रश्नपत्रों के इस नमूने में {} पिछला प्रश्न मिलता है{}, भावानुवाद में:",
    ),
    "near": ("No entry is on exactly this topic.", "ठीक इसी विषय पर कोई प्रविष्टि नहीं है।"),
    "nearest": (
        "Nearest in meaning in this sample of the papers, in paraphrase:",
        "प्रश्नपत्रों के इस नमूने में अर्थ में निकटतम, भावानुवाद में:",
    ),
    "without": ("What the question excludes is left out.", "जो छोड़ना था वह छोड़ दिया गया है।"),
    "nothing_without": (
        "No entry is on what the question excludes.",
        "जो छोड़ना था उस पर कोई प्रविष्टि नहीं है।",
    ),
    "unread": (
        "What the question denies was not understood, so nothing is left out for it.",
        "प्रश्न किसका निषेध करता है यह समझ में नहीं आया, इसलिए उसके लिए कुछ नहीं छोड़ा गया है।",
    ),
    "and": (" and ", " और "),
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

# A row as `lines` writes it.
_LINE = re.compile(
    r"^- \*\*(?P<year>\d{4}), (?P<paper>[^*\n]{1,60})\*\*[^:\n]{0,120}: (?P<text>[^\n]{1,2000}?) \[\d{1,3}\]$",
    re.MULTILINE,
)
# What says that something was asked, before what was: "The UPSC Mains 2022 GS2 paper asked candidates to discuss ...".
_FRAME = re.compile(
    r"^(?:[\w-]+ ){1,8}?paper \w+ (?:candidates )?(?:(?:to|for|about|on) )?"
    r"(?:(?<=to )(?:\w+ (?:and|or) )?\w+(?:, [^,.]{1,80},)? )?"
    r"(?:(?:an? |the )?(?:[\w-]+ ){0,2}?(?:statements?|items?|topics?|discussion|explanation|comment|case)\b"
    r"(?:, in section \w,)? (?:on|of|about|in which|which|where) )?",
    re.IGNORECASE,
)
# As much of a row as tells it from all others.
_TOLD = 240


@dataclass(frozen=True, slots=True)
class Listed:
    """A row read back from an answer: its year, its paper and what was asked, without the words about the asking."""

    year: int
    paper: str
    asked: str

    @property
    def named(self) -> str:
        """The row in a question that needs no list: the 2022 GS2 question "how courts decide ..."."""
        return f'the {self.year} {self.paper} question "{self.asked}"'


def read(answer: str) -> tuple[Listed, ...]:
    """The rows that an answer lists, in its order."""
    return tuple(Listed(int(line["year"]), line["paper"], _asked(line["text"])) for line in _LINE.finditer(answer))


def has(row: Passage, asked: str) -> bool:
    """Whether a row is the one that `Listed.asked` was read from."""
    return f" {' '.join(_words(asked))} " in f" {' '.join(_words(row.text))} "


def in_order(rows: Sequence[Passage]) -> list[Passage]:
    """Rows as they are listed: newest year first, then by paper."""
    return sorted(rows, key=lambda row: (-(row.year or 0), row.paper or "", row.title))


def opening(
    listing: Listing,
    filters: Filters,
    language: str,
    missed: Sequence[int] = (),
    excluded: Sequence[Filters] = (),
) -> str:
    """How many rows fit, and which of the years and papers asked for have none; `missed` were asked for and given up.

    `excluded` is what the question did not want, empty filters for what was not understood.
    """
    notes: list[str] = []
    if listing.near:
        notes.append(_say("near", language))
    elif empty := _empty(listing, filters, missed):
        notes.append(_say("none_of", language, ", ".join(empty)))
    if any(one != Filters() for one in excluded):
        notes.append(_say("without" if listing.barred else "nothing_without", language))
    if any(one == Filters() for one in excluded):
        notes.append(_say("unread", language))
    return "\n\n".join([*filter(None, [" ".join(notes)]), _count(listing, filters, language), ""])


def _count(listing: Listing, filters: Filters, language: str) -> str:
    if listing.near:
        return _say("nearest", language)
    named = _named(filters, language)
    fit = "found_one" if listing.total == 1 else "found"
    return _say(fit, language, listing.total, f" ({named})" if named else "")


def _empty(listing: Listing, filters: Filters, missed: Sequence[int]) -> list[str]:
    """The years and papers asked for of which there is none."""
    found = {year for year, _ in listing.tally}
    years = [str(year) for year in (*filters.years, *missed) if year not in found]
    papers = [paper for paper in filters.papers if not any(_is_of(one, paper) for _, one in listing.tally)]
    return [*(years if len(years) <= MOST_EMPTY_YEARS else ()), *map(_paper, papers)]


def _is_of(stored: str, paper: str) -> bool:
    """Whether a stored paper is of a stage, or is a paper, that filters name; past_questions.sql has the same rule."""
    if paper in STAGES:
        return (re.search("prelim|csat", stored, re.IGNORECASE) is not None) == (paper == "prelims")
    return re.sub(r"\bpaper\b|[^a-z0-9]", "", stored.casefold()).endswith(paper)


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


def _asked(text: str) -> str:
    """What a row's first sentence asks for, as much as tells it; quotation marks in it would end a quotation early."""
    bare = _FRAME.sub("", units(text)[0].text).replace('"', "").strip()
    cut = bare if len(bare) <= _TOLD else bare[:_TOLD].rpartition(" ")[0]
    return cut.strip(" .,;:")


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _named(filters: Filters, language: str) -> str:
    """The filters in words. The topic is the student's own text and is not repeated; a subject is the collection's."""
    parts = [quotation.title_of(filters.subject)] if filters.subject else []
    joined = [
        _say("and", language).join(_paper(paper) for paper in filters.papers if (paper in STAGES) is stage)
        for stage in (True, False)
    ]
    return ", ".join(filter(None, [*parts, " ".join(filter(None, joined)), years(filters.years)]))


def _paper(name: str) -> str:
    return name.upper() if name.startswith(("gs", "cs")) else name


def years(named: Sequence[int]) -> str:
    """Years in words, three or more in a row as a range."""
    if len(named) > 2 and named[-1] - named[0] == len(named) - 1:
        return f"{named[0]}-{named[-1]}"
    return ", ".join(map(str, named))


def _say(name: str, language: str, *values: object) -> str:
    english, hindi = _WORDS[name]
    return (hindi if language == "hi" else english).format(*values)
