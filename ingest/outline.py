"""Builds the text of a file that is no plain text: headings, paragraphs, tables and pages, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.document import Heading, Rejected, one_line, tidy

_GAP = "\n\n"
_MAX_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Content:
    """What a file says: its own title, if it has one, its text, the headings in it and where its pages begin."""

    title: str | None
    text: str
    headings: tuple[Heading, ...] = ()
    pages: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


class Outline:
    """A text as it grows. Headings are written as in Markdown; every piece is safe to store when it is taken in."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.pages: list[int] = []
        self._pieces: list[str] = []
        self._length = 0

    @property
    def text(self) -> str:
        """All of it, as `document.tidy` would leave it."""
        return _GAP.join(self._pieces)

    def page(self) -> None:
        """A page begins."""
        self.pages.append(self._length + len(_GAP) if self._pieces else 0)

    def heading(self, level: int, title: str) -> None:
        """A heading line; level 1 is the highest. Blank ones are left out."""
        title, level = one_line(title), min(level, _MAX_LEVEL)
        if title:
            start = self._add(f"{'#' * level} {title}")
            self.headings.append(Heading(start, self._length, level, title))

    def paragraph(self, text: str) -> None:
        """A paragraph, which may have lines. Blank ones are left out."""
        if text.strip():
            self._add(tidy(text))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """A line for each row, cells apart by bars. Rows without a word are left out."""
        lines = [" | ".join(one_line(cell) for cell in row) for row in rows if any(cell.strip() for cell in row)]
        if lines:
            self._add(tidy("\n".join(lines)))

    def finish(self, title: str | None) -> Content:
        """Everything, each heading ended where the next line begins.

        The title is that of a top heading at the very beginning where none is given; a heading that only repeats the
        title is left out of the text.

        Raises:
            Rejected: there is no text.
        """
        text = self.text
        if not text:
            raise Rejected("it has no text")
        first = self.headings[0] if self.headings else None
        cut = 0
        if first and first.start == 0 and first.level == 1 and title in (None, first.title):
            title, cut = first.title, min(first.end + len(_GAP), len(text))
        if cut == len(text):
            cut = 0
        return Content(
            title,
            text[cut:],
            tuple(self._moved(one, cut, len(text)) for one in self.headings if one.start >= cut),
            tuple(min(max(start - cut, 0), len(text) - cut) for start in self.pages),
        )

    @staticmethod
    def _moved(one: Heading, cut: int, length: int) -> Heading:
        return Heading(one.start - cut, min(one.end + 1, length) - cut, one.level, one.title)

    def _add(self, piece: str) -> int:
        start = self._length + len(_GAP) if self._pieces else 0
        self._pieces.append(piece)
        self._length = start + len(piece)
        return start
