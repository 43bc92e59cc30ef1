"""Which headings a stretch of text stands under."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from ingest.document import Heading

_MAX_TITLE = 120


class Sections:
    """The outline of one text. A section lasts until the next heading of any level."""

    def __init__(self, headings: Sequence[Heading]) -> None:
        self._starts = [0]
        self._paths: list[tuple[str, ...]] = [()]
        above: list[Heading] = []
        for heading in headings:
            above = [*(one for one in above if one.level < heading.level), heading]
            self._starts.append(heading.start)
            self._paths.append(tuple(one.title[:_MAX_TITLE] for one in above))

    def path(self, start: int, end: int) -> tuple[str, ...]:
        """The titles that all of text[start:end] stands under, outermost first."""
        first, *others = self._touched(start, end)
        shared = 0
        while shared < len(first) and all(path[: shared + 1] == first[: shared + 1] for path in others):
            shared += 1
        return first[:shared]

    def named(self, start: int, end: int) -> tuple[str, ...]:
        """What to call text[start:end]: what all of it stands under, else the first heading in it."""
        if path := self.path(start, end):
            return path
        first = bisect_left(self._starts, start, lo=1)
        opens = first < len(self._starts) and self._starts[first] < end
        return self._paths[first][-1:] if opens else self.titles(start, end)[:1]

    def titles(self, start: int, end: int) -> tuple[str, ...]:
        """Every title that some of text[start:end] stands under, in order, each once."""
        return tuple(dict.fromkeys(title for path in self._touched(start, end) for title in path))

    def _touched(self, start: int, end: int) -> list[tuple[str, ...]]:
        first = bisect_right(self._starts, start) - 1
        return self._paths[first : max(bisect_left(self._starts, end), first + 1)]
