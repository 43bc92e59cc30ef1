"""A document to passages and their pieces. Pure: the same document gives the same pieces, and nothing is lost."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from app.db.versions import NewChunk, NewParent
from app.retrieval import titles as document_titles
from app.retrieval.fact_keys import fact_keys
from ingest.boundaries import Boundaries, Offsets, Place
from ingest.document import Document, Rejected
from ingest.sections import Sections

# A header and a child stay below the 256 tokens that the embedded model reads.
HEADER_TOKENS = 64
# Past this a passage holds mostly characters that are no words; PostgreSQL indexes at most a megabyte of text.
MAX_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class Size:
    """How long pieces are at most and how much of one the next repeats, in tokens. A section shorter than
    `least_section` shares its piece with the next; None lets a piece run over headings."""

    limit: int
    overlap: int
    least_section: int | None = None


PARENT = Size(limit=512, overlap=50)
CHILD = Size(limit=128, overlap=20, least_section=24)


def split(document: Document, offsets: Offsets) -> tuple[NewParent, ...]:
    """The passages of a document in order, each with its pieces. Tokens are counted by `offsets`.

    Raises:
        Rejected: there is no word in it.
    """
    bounds = Boundaries(document.text, document.headings, offsets)
    if not len(bounds):
        raise Rejected("it has no text that can be searched")
    sections = Sections(document.headings)
    return tuple(_parent(document, bounds, sections, span, offsets) for span in spans(bounds, 0, len(bounds), PARENT))


def spans(bounds: Boundaries, begin: int, end: int, size: Size) -> Iterator[tuple[int, int]]:
    """Units begin to end in overlapping stretches of at most `size.limit`, each cut at the best place near its end."""
    while True:
        cut = _cut(bounds, begin, end, size)
        yield begin, cut
        if cut == end:
            return
        begin = _next(bounds, begin, cut, size.overlap)


def _cut(bounds: Boundaries, begin: int, end: int, size: Size) -> int:
    if size.least_section is not None:
        heading = _heading_from(bounds, begin + size.least_section)
        if heading < end and heading <= begin + size.limit:
            return heading
    if end - begin <= size.limit:
        return end
    # The last stretch should not be a scrap.
    latest = min(begin + size.limit, end - size.limit // 4)
    best = max(range(latest, begin + size.limit // 2 - 1, -1), key=bounds.places.__getitem__)
    if bounds.places[best] >= Place.PHRASE:
        return best
    word = _last(bounds, begin, latest)
    return word if word is not None else _inside(bounds, begin, latest)


def _last(bounds: Boundaries, begin: int, latest: int) -> int | None:
    return next((unit for unit in range(latest, begin, -1) if bounds.places[unit] >= Place.WORD), None)


def _inside(bounds: Boundaries, begin: int, latest: int) -> int:
    return next((unit for unit in range(latest, begin, -1) if not bounds.splits_a_letter(unit)), latest)


def _next(bounds: Boundaries, begin: int, cut: int, overlap: int) -> int:
    """Where the stretch after `cut` begins: earlier, at a sentence or clause, unless something new begins there."""
    if bounds.places[cut] == Place.HEADING:
        return cut
    low = max(cut - overlap, begin + 1)
    for least in (Place.SENTENCE, Place.CLAUSE):
        for unit in range(low, cut):
            if bounds.places[unit] >= least:
                return unit
    if bounds.places[cut] >= Place.CLAUSE:
        return cut
    return next((unit for unit in range(low, cut) if bounds.places[unit] >= Place.WORD), cut)


def _heading_from(bounds: Boundaries, unit: int) -> int:
    found = bisect_right(bounds.headings, unit - 1)
    return bounds.headings[found] if found < len(bounds.headings) else len(bounds) + 1


def _parent(
    document: Document, bounds: Boundaries, sections: Sections, span: tuple[int, int], offsets: Offsets
) -> NewParent:
    start, end = bounds.starts[span[0]], bounds.starts[span[1]]
    path = sections.path(start, end)
    header = _header(document, path, offsets)
    titles = sections.titles(start, end)
    locator = " › ".join([document.label or document.title, *sections.named(start, end)])
    return NewParent(
        header=header,
        locator=locator + _pages(document, start, end),
        text=_text(document, start, end),
        tokens=span[1] - span[0],
        fact_keys=_keys(document, (header, locator, *titles)),
        chunks=tuple(_child(document, bounds, sections, one, offsets) for one in spans(bounds, *span, CHILD)),
    )


def _pages(document: Document, start: int, end: int) -> str:
    """Which pages text[start:end] is on: ", p. 12" or ", pp. 12-13"; nothing where a text has no pages."""
    if not document.pages:
        return ""
    text = document.text[start:end]
    first = bisect_right(document.pages, start + len(text) - len(text.lstrip()))
    last = bisect_right(document.pages, start + len(text.rstrip()) - 1)
    return f", p. {first}" if last <= first else f", pp. {first}–{last}"


def _keys(document: Document, said: tuple[str, ...]) -> tuple[str, ...]:
    """What the passage is found by when a question names it."""
    details = document.details
    part = details.metadata.get("part")
    known = (*said, str(details.year or ""), details.paper or "", part if isinstance(part, str) else "")
    return tuple(sorted({*fact_keys("\n".join(known)), *document_titles.keys(document.title)}))


def _child(
    document: Document, bounds: Boundaries, sections: Sections, span: tuple[int, int], offsets: Offsets
) -> NewChunk:
    start, end = bounds.starts[span[0]], bounds.starts[span[1]]
    header = _header(document, sections.path(start, end), offsets)
    return NewChunk(header, _text(document, start, end), span[1] - span[0])


def _text(document: Document, start: int, end: int) -> str:
    if end - start > MAX_CHARACTERS:
        raise Rejected(f"{end - start:,} characters of it hold almost no words")
    return document.text[start:end].strip()


def _header(document: Document, path: tuple[str, ...], offsets: Offsets) -> str:
    header = " > ".join([document.header, *path])
    tokens = offsets(header)
    return header if len(tokens) <= HEADER_TOKENS else header[: tokens[HEADER_TOKENS - 1][1]]
