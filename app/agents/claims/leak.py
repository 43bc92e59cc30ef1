"""Finds text of the prompt in an answer: nobody needs it there, and who asks for it tries other things too."""

import re

# So many words in a row are no accident.
ROW = 8

_WORD = re.compile(r"[^\W_]+")


class Secret:
    """A text of which no sentence may repeat eight words in a row."""

    def __init__(self, text: str) -> None:
        self._rows = frozenset(_rows(text))

    def told(self, sentence: str) -> bool:
        """Whether a sentence repeats some of it."""
        return bool(self._rows) and not self._rows.isdisjoint(_rows(sentence))


def _rows(text: str) -> list[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return [tuple(words[i : i + ROW]) for i in range(len(words) - ROW + 1)]
