"""Markdown: the text as it is written, without comments, and where its headings are."""

import re
from itertools import pairwise

from markdown_it import MarkdownIt

from ingest.document import Heading, one_line

# A reader of the page does not see these, so no answer may be made of them.
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MARKS = re.compile(r"[*_`]+")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def without_comments(text: str) -> str:
    """`text` less its HTML comments."""
    return _COMMENT.sub("", text)


def headings(text: str) -> tuple[Heading, ...]:
    """The headings of `text` in order; those in code, quotes and lists are none."""
    lines = _line_starts(text)
    tokens = MarkdownIt("commonmark").parse(text)
    found = []
    for token, content in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            title = one_line(_MARKS.sub("", _LINK.sub(r"\1", content.content)))
            if title:
                found.append(Heading(lines[token.map[0]], lines[token.map[1]], int(token.tag[1:]), title))
    return tuple(found)


def take_title(text: str, title: str | None) -> tuple[str | None, str]:
    """The title, which is that of a top heading where none is given, and the text without a heading that repeats it."""
    first = next(iter(headings(text[:2_000])), None)
    if first is None or first.level != 1 or text[: first.start].strip():
        return title, text
    if title is None or title.casefold() == first.title.casefold():
        return first.title, text[first.end :].strip() or text
    return title, text


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(min(starts[-1] + len(line) + 1, len(text)))
    return starts
