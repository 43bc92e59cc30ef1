"""Whether a text can be what its author meant: garbled letters, a script or language not ours, pages without words."""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from ingest.document import Document, Rejected

# U+FFFD, private use (a font's own glyphs), glyphs that a PDF gives no letter for, UTF-8 that was read as Latin-1.
_GARBLED = re.compile("\ufffd|[\ue000-\uf8ff]|\\(cid:\\d{1,5}\\)|Ã[\u00a0-\u00bf]|Â[\u00a0-\u00bf]|â€|à[¤¥]")
# Texts as they should be have none; one in twenty characters is a text that nobody can read, less is a place to mend.
_MOST_GARBLED = 0.05
# A share of fewer letters says nothing, and a formula or a name is no language.
_LEAST_LETTERS = 40
_LEAST_WORDS = 100
_WORD = re.compile(r"[^\W\d_]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that no page of its language does without, and that English does not have. English texts, tables and lists
# included, have one in five of their own words from the first row.
_ENGLISH = _words("the of and to in is that for it as was with be by on are this or from which")
_OTHERS = {
    "French": _words("le la les des et est une du dans pour que qui au sur par"),
    "German": _words("der das und ist von mit den dem zu ein eine nicht auf für"),
    "Spanish": _words("el los las del y es una por con para que como se su"),
    "Portuguese": _words("o os do da das dos e uma em para com que não por"),
    "Italian": _words("il lo gli della di che è una per con del nel sono e"),
    "Hindi in Latin letters": _words("hai hain ka ki ke ko mein aur se nahi tha thi liye bhi"),
}
_EXCERPT = 40


def checked(document: Document, raw: str | None = None) -> Document:
    """`document` with its warnings. `raw` is the file as it is, to count lines in.

    Raises:
        Rejected: the text is garbled, or in a script that neither English nor Hindi is written in.
    """
    return replace(document, warnings=(*document.warnings, *check(document, raw)))


def check(document: Document, raw: str | None = None) -> list[str]:
    """What an editor should look at, each with its page, or its line of `raw`, where it has one.

    Raises:
        Rejected: as `checked`.
    """
    return [*_garbled(document, raw), *_language(document), *_pages(document)]


def _garbled(document: Document, raw: str | None) -> Iterator[str]:
    found = list(_GARBLED.finditer(document.text))
    if not found:
        return
    at, count = _place(document, raw, found[0].start()), sum(len(one[0]) for one in found)
    if count > _MOST_GARBLED * sum(not letter.isspace() for letter in document.text):
        raise Rejected(f"{at}its letters are garbled ({_excerpt(document.text, found[0].start())!r})")
    yield f"{at}{len(found)} garbled characters, the first in {_excerpt(document.text, found[0].start())!r}"


def _language(document: Document) -> Iterator[str]:
    scripts = Counter(_script(letter) for letter in document.text if letter.isalpha())
    letters = sum(scripts.values())
    if letters >= _LEAST_LETTERS and (scripts["LATIN"] + scripts["DEVANAGARI"]) * 2 < letters:
        raise Rejected(
            f"it is neither English nor Hindi: most of its letters are {scripts.most_common(1)[0][0].title()}"
        )
    words = [word.casefold() for word in _WORD.findall(document.text)]
    if len(words) < _LEAST_WORDS:
        return
    counts = Counter(words)
    english = sum(counts[word] for word in _ENGLISH)
    language, share = max(
        ((name, sum(counts[word] for word in own)) for name, own in _OTHERS.items()), key=lambda one: one[1]
    )
    if share > english and share * 10 >= len(words):
        yield f"it reads like {language}: {share} of its {len(words)} words are, and {english} are English ones"


def _script(letter: str) -> str:
    if letter < "\u0250":
        return "LATIN"
    return "DEVANAGARI" if "\u0900" <= letter <= "\u097f" else unicodedata.name(letter, "unknown").split()[0]


def _pages(document: Document) -> Iterator[str]:
    ends = [*document.pages[1:], len(document.text)]
    empty = [number for number, (start, end) in enumerate(zip(document.pages, ends, strict=False), 1) if start >= end]
    if empty:
        told = ", ".join(map(str, empty[:10])) + (" and others" if len(empty) > 10 else "")
        yield f"{len(empty)} of its {len(ends)} pages have no text (pictures?): {told}"


def _place(document: Document, raw: str | None, at: int) -> str:
    if document.pages:
        return f"page {bisect_right(document.pages, at)}: "
    text = document.text
    line = text[text.rfind("\n", 0, at) + 1 : (text.find("\n", at) + 1 or len(text) + 1) - 1].strip()
    lines = raw.splitlines() if raw else []
    number = next((number for number, one in enumerate(lines, start=1) if line in one), None)
    return f"line {number}: " if number else ""


def _excerpt(text: str, at: int) -> str:
    return " ".join(text[max(at - _EXCERPT // 2, 0) : at + _EXCERPT // 2].split())
