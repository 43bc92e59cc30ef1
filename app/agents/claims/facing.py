"""An opposite right beside the same word: "a simple majority" where the source has "a special majority"."""

from collections.abc import Iterator, Sequence

from app.agents.claims.opposites import sides
from app.agents.claims.reading import Reading
from app.agents.claims.statements import Source, Statement

# So many words on stands the word that an opposite is said of.
REACH = 3


def turned(reading: Reading, cited: Sequence[Source], best: Sequence[Statement]) -> tuple[str, str] | None:
    """A word of the sentence and the opposite that the statements it is about say of the same; None when they agree."""
    own = list(_said(reading))
    mine = {found for word in reading.words for found in sides(word.low)}
    there = [one for statement in best for one in _said(statement.reading)]
    anywhere = {(name, side, head) for source in cited for one in source.readings for _, name, side, head in _said(one)}
    for low, name, side, head in own:
        if (name, side, head) in anywhere:
            continue
        for other, its, another, same in there:
            if its == name and same == head and another != side and (name, another) not in mine:
                return f"{low} {head}", f"{other} {head}"
    return None


def _said(reading: Reading) -> Iterator[tuple[str, str, int, str]]:
    """Each word with an opposite: the word, its class, its side, and the stem of what it is said of."""
    words = reading.words
    for i, word in enumerate(words):
        found = sides(word.low)
        if not found:
            continue
        head = next(
            (
                other.stem
                for other in words[i + 1 : i + 1 + REACH]
                if other.content and other.clause == word.clause and not _of_class(other.low, found)
            ),
            "",
        )
        for name, side in found:
            if head:
                yield word.low, name, side, head


def _of_class(low: str, classes: Sequence[tuple[str, int]]) -> bool:
    """Whether a word belongs to one of these classes: it is no more what they are said of than the first."""
    return any(name == other for name, _ in sides(low) for other, _ in classes)
