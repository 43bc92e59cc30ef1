"""PDF: the text in reading order with its pages, headings by the size of their letters, ruled tables as rows."""

import io
import itertools
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pdfminer.layout import LTChar, LTCurve, LTPage, LTTextBox, LTTextLine
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfminer.psparser import PSException
from pdfplumber.page import Page
from pdfplumber.pdf import PDF
from pdfplumber.utils.exceptions import PdfminerException

from ingest.document import Rejected
from ingest.outline import Content, Outline

# More than the longest textbook has; a page takes about 30 ms, so that few files come near it in the time they have.
MAX_PAGES = 2_000
# A heading is at least this much larger than the letters that most of the text has, and no longer than this.
_LARGER = 1.15
_LONGEST_HEADING = 200
# Smaller letters (in points) are not there for a reader.
_LEAST_SIZE = 2.0
# A grid of one cell has four lines.
_LEAST_RULES = 4
# A line on its own in the margin of at least half of the pages, and of this many, is a running head or foot.
_LEAST_REPEATS = 4
_MARGIN = 0.12
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_LIST_MARK = re.compile(r"(?:[-–•▪●■*]|\(?[0-9०-९]{1,3}[.)]|\(?[a-zA-Z]{1,4}\))\s")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
# Fonts that draw Devanagari over Latin letters: what is stored in the file is not what the page shows.
_LEGACY_FONT = re.compile(r"kruti ?dev|devlys|chanakya|walkman|shusha|agra ?ht", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of letters of one `size` in points, `depth` of the page's height below its top; or a table's `rows`."""

    text: str
    size: float
    depth: float
    legacy: bool
    rows: tuple[tuple[str, ...], ...] = ()


_Block = list[_Line]


def read(data: bytes) -> Content:
    """Take the text out of a PDF.

    Raises:
        Rejected: it is encrypted, broken, too long, or holds no text.
    """
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        # Not closed: that would make every page again, and there is no file to close.
        pdf = PDF(io.BytesIO(data), laparams={"all_texts": True})
        pages = [_blocks(page) for page in _pages(pdf)]
        title = str((pdf.metadata or {}).get("Title") or "").strip()
    except (PdfminerException, PSException) as error:
        raise _rejected(error) from None
    if not any(line.text for page in pages for block in page for line in block):
        raise Rejected(f"no text can be taken from its {len(pages)} pages: scanned pictures need to go through OCR")
    body = _body_size(pages)
    pages = _without_running_lines(pages, body)
    content = _outline(pages, body).finish(None)
    return replace(content, title=content.title or _real(title), warnings=tuple(_fonts(pages)))


def _rejected(error: Exception) -> Exception:
    cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    if isinstance(cause, MemoryError | RecursionError):
        return cause
    if isinstance(cause, PDFPasswordIncorrect):
        return Rejected("it is encrypted and needs a password")
    return Rejected(f"it is not a PDF that can be read ({type(cause).__name__})")


def _pages(pdf: PDF) -> Iterator[Page]:
    objects = list(itertools.islice(PDFPage.create_pages(pdf.doc), MAX_PAGES + 1))
    if len(objects) > MAX_PAGES:
        raise Rejected(f"it has more than {MAX_PAGES:,} pages: split it")
    for number, one in enumerate(objects, start=1):
        page = Page(pdf, one, page_number=number)
        yield page
        page.close()


def _blocks(page: Page) -> list[_Block]:
    """The paragraphs and tables of a page in reading order. Coordinates are from the top."""
    layout: LTPage = page.layout
    tables = _tables(page, layout)
    blocks: list[_Block] = []
    for box in layout:
        if not isinstance(box, LTTextBox):
            continue
        block: _Block = []
        for line in box:
            if isinstance(line, LTTextLine) and (made := _line(line, layout)):
                inside = next((one for one in tables if _holds(one, line, layout)), None)
                if inside is None:
                    block.append(made)
                elif tables[inside] is not None:
                    # The whole table stands where its first line does.
                    blocks += [block] if block else []
                    blocks.append([replace(made, rows=tables[inside] or ())])
                    tables[inside], block = None, []
        blocks += [block] if block else []
    return blocks


_Box = tuple[float, float, float, float]
_Tables = dict[_Box, tuple[tuple[str, ...], ...] | None]


def _tables(page: Page, layout: LTPage) -> _Tables:
    if sum(isinstance(one, LTCurve) for one in layout) < _LEAST_RULES:
        return {}
    found: _Tables = {}
    for table in page.find_tables():
        rows = tuple(tuple(" ".join((cell or "").split()) for cell in row) for row in table.extract())
        # A frame around a paragraph is no table.
        if len(rows) > 1 and max(map(len, rows)) > 1 and any(any(row) for row in rows):
            found[table.bbox] = tuple(tuple(cell.translate(_LIGATURES) for cell in row) for row in rows)
    return found


def _holds(box: _Box, line: LTTextLine, layout: LTPage) -> bool:
    across, down = (line.x0 + line.x1) / 2, layout.height - (line.y0 + line.y1) / 2
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def _line(line: LTTextLine, layout: LTPage) -> _Line | None:
    letters = [one for one in line if isinstance(one, LTChar) and one.get_text().strip()]
    text = " ".join(line.get_text().translate(_LIGATURES).split())
    seen = line.x1 > 0 and line.y1 > 0 and line.x0 < layout.width and line.y0 < layout.height
    if not letters or not text or not seen or max(one.size for one in letters) < _LEAST_SIZE:
        return None
    sizes = Counter(round(one.size * 2) / 2 for one in letters)
    legacy = sum(bool(_LEGACY_FONT.search(one.fontname)) for one in letters) * 2 > len(letters)
    return _Line(text, sizes.most_common(1)[0][0], 1 - line.y1 / layout.height, legacy)


def _without_running_lines(pages: list[list[_Block]], body: float) -> list[list[_Block]]:
    def is_edge(block: _Block) -> bool:
        line = block[0]
        apart = len(block) <= 2 and not line.rows and line.size < body * _LARGER
        return apart and not _MARGIN < line.depth < 1 - _MARGIN

    def key(block: _Block) -> str:
        return _NUMBER.sub("#", " ".join(line.text for line in block))

    seen = Counter(one for page in pages for one in {key(block) for block in page if is_edge(block)})
    often = {one for one, count in seen.items() if count >= max(_LEAST_REPEATS, len(pages) / 2)}
    return [[block for block in page if not is_edge(block) or key(block) not in often] for page in pages]


def _body_size(pages: list[list[_Block]]) -> float:
    """The size that most letters have."""
    weights: Counter[float] = Counter()
    for line in (line for page in pages for block in page for line in block if not line.rows):
        weights[line.size] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0


def _outline(pages: list[list[_Block]], body: float) -> Outline:
    lines = (line for page in pages for block in page for line in block if not line.rows)
    sizes = sorted({line.size for line in lines if line.size >= body * _LARGER}, reverse=True)
    levels = {size: level for level, size in enumerate(sizes, start=1)}
    outline = Outline()
    for page in pages:
        outline.page()
        for block in page:
            _add(outline, block, levels)
    return outline


def _add(outline: Outline, block: _Block, levels: dict[float, int]) -> None:
    if block[0].rows:
        outline.table(block[0].rows)
        return
    for level, group in itertools.groupby(block, key=lambda line: levels.get(line.size)):
        texts = [line.text for line in group]
        title = " ".join(texts)
        if level and len(title) <= _LONGEST_HEADING and any(letter.isalpha() for letter in title):
            outline.heading(level, title)
        else:
            outline.paragraph(_joined(texts))


def _joined(lines: Sequence[str]) -> str:
    """Lines as one paragraph: a word parted at a line's end is one again, and each point of a list keeps its line."""
    text = lines[0]
    for line in lines[1:]:
        if text[-1] in "-\u00ad" and text[-2:-1].isalpha() and line[:1].islower():
            text = text[:-1] + line
        else:
            text += ("\n" if _LIST_MARK.match(line) else " ") + line
    return text


def _real(title: str) -> str | None:
    """The title that the file's properties give, unless a program put it there."""
    made = re.match(r"microsoft|untitled|slide \d|layout \d|\(anonymous\)", title, re.IGNORECASE)
    file = re.search(r"\.(docx?|pdf|indd|qxd|pptx?|tex|pmd|cdr)$", title, re.IGNORECASE)
    return None if made or file or not any(letter.isalpha() for letter in title) else title


def _fonts(pages: list[list[_Block]]) -> Iterator[str]:
    legacy = [
        number for number, page in enumerate(pages, start=1) if any(line.legacy for block in page for line in block)
    ]
    total = sum(len(line.text) for page in pages for block in page for line in block)
    share = sum(len(line.text) for page in pages for block in page for line in block if line.legacy) / max(total, 1)
    if share > 0.5:
        raise Rejected(
            "its letters are those of an old Hindi font (Kruti Dev or the like): convert it to Unicode first"
        )
    if legacy:
        yield f"page {legacy[0]} has text in an old Hindi font, which is not Unicode and will not be found"
