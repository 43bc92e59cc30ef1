"""Two texts of a document, compared passage by passage. Pure."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from app.db.documents import Passage

_SENTENCE_END = re.compile(r"(?<=[.!?।])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Difference:
    """One passage that is not the same any more: `before` and `after` are its texts, None where there is none."""

    change: Literal["added", "removed", "changed"]
    locator: str
    before: str | None
    after: str | None

    def lines(self) -> list[str]:
        """What differs, sentence by sentence: "+" new, "-" gone, " " the same beside it."""
        before, after = _sentences(self.before), _sentences(self.after)
        # After two lines of names; a line of the text begins with what becomes of it.
        lines = list(difflib.unified_diff(before, after, lineterm="", n=1))[2:]
        return [line for line in lines if not line.startswith("@@")]


def differences(before: Sequence[Passage], after: Sequence[Passage]) -> list[Difference]:
    """What has changed between two versions, in the order of the text."""
    matcher = difflib.SequenceMatcher(None, [one.text for one in before], [one.text for one in after], autojunk=False)
    found: list[Difference] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            found += _pairs(before[a:b], after[c:d])
    return found


def _pairs(before: Sequence[Passage], after: Sequence[Passage]) -> Iterator[Difference]:
    for old, new in zip(before, after, strict=False):
        yield Difference("changed", new.locator, old.text, new.text)
    for old in before[len(after) :]:
        yield Difference("removed", old.locator, old.text, None)
    for new in after[len(before) :]:
        yield Difference("added", new.locator, None, new.text)


def _sentences(text: str | None) -> list[str]:
    return [one for one in _SENTENCE_END.split(text or "") if one]
