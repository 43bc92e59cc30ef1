"""Documents by their titles: the keys that a title is found by, and those that a question may be quoting. Pure.

A named scheme, movement, Act or report is a title: "PM-KISAN", "Beti Bachao Beti Padhao", "Quit India Movement".
"""

import re

from app.retrieval.names import folded, namings

# Words that initials leave out, and that say nothing about which law is meant.
SMALL = frozenset({"of", "the", "and", "for", "in", "on", "to", "a", "an", "under", "by", "with", "or"})
_NAME = "name:"
_MOST_WORDS = 8
# A title is looked for among the first words; what follows in a long question describes.
_FIRST_WORDS = 60
_BRACKETS = re.compile(r"\(([^()]{2,80})\)")
_HEAD = re.compile(r"^([^:(,–—]{3,120})[:(,–—]")


def keys(title: str) -> tuple[str, ...]:
    """The keys under which a document is found by its title: all of it, what stands before a colon or comma, what
    stands in brackets, and the initials of three or more capitalised words: MGNREGA, and the Act's full name too."""
    forms = [title, *_BRACKETS.findall(title), *_HEAD.findall(title), _BRACKETS.sub(" ", title)]
    found = {folded(form) for form in forms} | {(initials,) for form in forms if (initials := _initials(form))}
    return tuple(sorted(_NAME + " ".join(words) for words in found if words and len(words) <= _MOST_WORDS))


def _initials(text: str) -> str:
    words = [word for word in re.findall(r"\w+", text) if word.lower() not in SMALL]
    if len(words) < 3 or not all(word[0].isupper() and not word.isupper() for word in words):
        return ""
    return "".join(word[0] for word in words).lower()


def quoted(question: str) -> dict[str, tuple[str, ...]]:
    """Every run of words that could be a title, under its key; a single word only where it is written as a name or
    asked for almost alone."""
    written = re.findall(r"\w+", question)[:_FIRST_WORDS]
    words = folded(question)[:_FIRST_WORDS]
    found: dict[str, tuple[str, ...]] = {}
    for first in range(len(words)):
        for last in range(first + 1, min(first + _MOST_WORDS, len(words)) + 1):
            run = words[first:last]
            if len(run) > 1 or _is_name(written[first], question):
                found[_NAME + " ".join(run)] = run
    for naming in namings(question):
        own = folded(question[naming.start : naming.end])
        found |= {_NAME + " ".join(folded(other)): own for other in naming.others}
    return found


def _is_name(word: str, question: str) -> bool:
    return len(word) > 2 and (len(question.split()) <= 4 or (word[1:] != word[1:].lower() and not question.isupper()))
