"""Who does what to whom: the words of a question in one order, whichever way round it was put.

"Powers of the President over the Governor" and "the President's powers over the Governor" give one string; with the two
offices exchanged it is another. Only forms that are understood are turned: what is not stays as it was typed, which can
cost a hit and never an answer.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from app.retrieval.guard.phrases import Item

# What only says how a question is put, and begins no clause of its own.
_NO_CLAUSE = frozenset(("compare", "past", "can", "should", "must", "list", "extent", "detail"))
# Two things compared are the same two in either order.
_COMPARING = frozenset(("with", "from", "between"))
# In front of the first word these say no more than that it is the subject: "on federalism" is "federalism".
_INTRODUCING = frozenset(("of", "on"))

# So few words can be divided between two things in one sensible way only.
_FEW = 3

# What one does in something is not its own: "faith in leaders" is not the leaders' faith.
_ACTING_TEXT = (
    "investment invest faith trust belief believe confidence interest participation participate share stake part"
)
_ACTING = frozenset(_ACTING_TEXT.split())
# What is on a subject is of it.
_TITLED_TEXT = "quote quotation fact committee commission report data statistics"
_TITLED = frozenset(_TITLED_TEXT.split())

Run = list[str]


@dataclass(slots=True)
class _Segment:
    """Words after one preposition, "" for those before any. `joined` are the runs between "and" and "or"."""

    preposition: str
    joined: list[Run] = field(default_factory=lambda: [[]])

    def words(self, *, always: bool) -> Run:
        """All words; joined runs in one order where none of them can hold more than its share of the sentence."""
        runs = [run for run in self.joined if run]
        if len(runs) < 2:
            return runs[0] if runs else []
        if always and len(bag := {word for run in runs for word in run}) <= _FEW:
            return [" & ".join(sorted(bag))]  # "temperate and tropical cyclones" share their last word
        if always or len({len(run) for run in runs}) == 1:
            runs.sort()
        return [" & ".join(" ".join(run) for run in runs)]


def order(found: Sequence[Item]) -> str:
    """The words in one order, prepositions between them; empty when one word or none is all there is."""
    compares = Item("mark", "compare") in found
    clauses = [_clause(clause, compares=compares) for clause in _clauses(found)]
    arranged = " / ".join(clause for clause in clauses if clause)
    return "" if arranged in {item.text for item in found} else arranged


def _placed(found: Sequence[Item]) -> Iterator[Item]:
    """ "mistakes in essays" as "essays' mistakes", unless the place is what is acted on: "investment in China"."""
    before = Item("mark", "")
    for item in found:
        loose = item.text == "in" and before.text not in _ACTING and before.part == "word"
        titled = item.text == "on" and before.text in _TITLED
        yield Item("preposition", "of") if item.part == "preposition" and (loose or titled) else item
        before = before if item.part in ("free", "aux") else item


def _clauses(found: Sequence[Item]) -> list[list[Item]]:
    """Cut before each question word; what stands before the first one, such as "under Article 356," goes behind it."""
    several = len({item.text for item in found if item.part == "mark" and item.text not in _NO_CLAUSE}) > 1
    clauses: list[list[Item]] = [[]]
    for at, item in enumerate(found):
        begins = item.part == "mark" and item.text not in _NO_CLAUSE and not (at and found[at - 1].text == "by")
        if begins and clauses[-1]:
            clauses.append([])
        clauses[-1].append(item if item.part != "mark" or several or item.text == "who" else Item("mark", ""))
    if len(clauses) > 1 and clauses[0][0].part == "preposition":
        first = clauses.pop(0)
        clauses[0] += first
    return clauses


def _clause(items: list[Item], *, compares: bool) -> str:
    marks = [item.text for item in items if item.part == "mark" and item.text not in ("", "who", *_NO_CLAUSE)]
    by_whom = _by_whom(items)
    if by_whom is not None:
        items = items[:by_whom] + items[by_whom + 2 :]
    moves = Item("preposition", "from") in items and Item("preposition", "to") in items
    items = list(_placed(items))
    segments = _segments(_uninverted(items), compares=compares and not moves)
    segments = _with_of(segments, always=compares)
    main, rest = _whole(segments)
    agents = [segment for segment in rest if segment.preposition == "by"]
    words = main.words(always=compares)
    if by_whom is not None or (agents and words):
        agent = agents[0].words(always=compares) if agents else []
        words = [*agent, *words[-1:], *words[:-1]]
        rest = [segment for segment in rest if segment.preposition != "by"] + agents[1:]
    if not words and rest and rest[0].preposition in _INTRODUCING:
        words, rest = rest[0].words(always=compares), rest[1:]
    told = [
        f"{segment.preposition} {' '.join(segment.words(always=compares))}" for segment in rest if any(segment.joined)
    ]
    if items and items[-1].part == "preposition" and items[-1].text not in _INTRODUCING:
        told.append(items[-1].text)  # "responsible to whom" is not "responsible for whom"
    if max(Counter(segment.preposition for segment in rest).values(), default=1) == 1:
        told.sort()
    return ", ".join(part for part in (*marks, " ".join(words), *told) if part)


def _by_whom(items: Sequence[Item]) -> int | None:
    pairs = pairwise(items)
    asked = (Item("preposition", "by"), Item("mark", "who"))
    return next((at for at, pair in enumerate(pairs) if pair == asked), None)


def _uninverted(items: list[Item]) -> list[Item]:
    """ "what powers does the President have" as "the President powers": what was put first goes behind its subject."""
    at = next((number for number, item in enumerate(items) if item.part == "do"), None)
    if at is None:
        return items
    front = items[:at]
    if any(item.part in ("preposition", "join") and item.text != "of" for item in front):
        return items
    until = next(
        (n for n in range(at + 1, len(items)) if items[n].part == "preposition" and items[n].text != "of"), len(items)
    )
    return [*items[at + 1 : until], *front, *items[until:]]


def _segments(items: Sequence[Item], *, compares: bool) -> list[_Segment]:
    segments = [_Segment("")]
    for item in items:
        if item.part == "aux":
            # A verb follows that is no longer about the last noun: "the Speaker of the Lok Sabha | is removed".
            if segments[-1].preposition and any(segments[-1].joined):
                segments.append(_Segment(""))
        elif item.part == "preposition" and not (compares and item.text in _COMPARING):
            segments.append(_Segment(item.text))
        elif item.part in ("join", "preposition"):
            segments[-1].joined.append([])
        elif item.part == "word":
            segments[-1].joined[-1].append(item.text)
    return segments


def _whole(segments: list[_Segment]) -> tuple[_Segment, list[_Segment]]:
    """The words outside any preposition as one segment, and the others."""
    main = [segment for segment in segments if not segment.preposition]
    joined = main[0].joined
    for later in main[1:]:
        joined = [*joined[:-1], joined[-1] + later.joined[0], *later.joined[1:]]
    return _Segment("", joined), [segment for segment in segments if segment.preposition]


def _with_of(segments: list[_Segment], *, always: bool) -> list[_Segment]:
    """ "powers of the President" as "President powers", from the right: "A of B of C" is "C B A"."""
    turned: list[_Segment] = []
    for segment in reversed(segments):
        if turned and turned[-1].preposition == "of":
            owner = turned.pop().words(always=always)
            turned.append(_Segment(segment.preposition, [owner + segment.words(always=always)]))
        else:
            turned.append(segment)
    return turned[::-1]
