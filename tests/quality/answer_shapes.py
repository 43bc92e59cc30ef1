"""What tells the four specialists' answers apart, read off their text alone."""

import re
from dataclasses import dataclass

_CITED = r"\[\d{1,3}\]"
_POINT = re.compile(rf"^- .*{_CITED}$", re.MULTILINE)
_ROW = re.compile(rf"^- \*\*(?P<year>\d{{4}}), (?P<paper>[^*]+)\*\*.*{_CITED}$", re.MULTILINE)
_PART = re.compile(r"^\*\*(?P<name>[^*]+)\*\* \((?P<words>[\d,]+) words\)$", re.MULTILINE)
_DATED = re.compile(
    r"^\*\*(?P<name>What happened|Why it matters|Background)\*\*(?: \((?P<day>[^)]*\d{4})\))?$", re.MULTILINE
)
_CELLS = re.compile(r"^\| *(?P<head>[^|]+?) *\|(?P<cells>.*)\|$", re.MULTILINE)

ESSAY_PARTS = ["Introduction", "Dimensions", "Counter-view", "Way forward", "Conclusion"]
NEWS_PARTS = ["What happened", "Why it matters", "Background"]


@dataclass(frozen=True)
class Shape:
    """The structure of one answer."""

    opening: str
    points: int
    rows: list[tuple[int, str]]
    parts: dict[str, int]
    news: dict[str, str | None]
    table: dict[str, list[int]]

    @property
    def intent(self) -> str:
        """Whose structure this is."""
        if self.parts:
            return "essay"
        if self.news:
            return "current_affairs"
        if self.rows or self.table:
            return "pyq"
        return "factual"


def of(text: str) -> Shape:
    """The shape of an answer."""
    return Shape(
        opening=re.split(rf"(?<=\])\s|{_CITED}", text, maxsplit=1)[0].strip(),
        points=len(_POINT.findall(text)) - len(_ROW.findall(text)),
        rows=[(int(row["year"]), row["paper"]) for row in _ROW.finditer(text)],
        parts={part["name"]: int(part["words"].replace(",", "")) for part in _PART.finditer(text)},
        news={part["name"]: part["day"] for part in _DATED.finditer(text)},
        table=_table(text),
    )


def _table(text: str) -> dict[str, list[int]]:
    found = {row["head"]: [cell.strip() for cell in row["cells"].split("|")] for row in _CELLS.finditer(text)}
    return {head: [int(cell) for cell in cells] for head, cells in found.items() if all(c.isdigit() for c in cells)}
