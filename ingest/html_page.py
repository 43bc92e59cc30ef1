"""HTML: the text that a reader of the page sees, with its headings, lists and tables, as Markdown."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning
from bs4.element import NavigableString, PageElement, Tag
from bs4.exceptions import ParserRejectedMarkup

from ingest.document import Rejected

_DROPPED = frozenset(
    ("head", "script", "style", "nav", "noscript", "template", "iframe", "object", "svg", "canvas", "form", "button",
     "select", "textarea", "dialog")
)  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    ("p", "div", "section", "article", "main", "header", "footer", "aside", "ul", "ol", "dl", "dd", "dt", "table",
     "figure", "figcaption", "blockquote", "pre", "hr", "address", "details", "summary", "body")
)  # fmt: skip
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_EDGES = re.compile(r" *\n *")


@dataclass(frozen=True, slots=True)
class Page:
    """The page's own title, if it has one, and its visible text."""

    title: str | None
    text: str


def read(source: str) -> Page:
    """Take the visible text out of HTML.

    Raises:
        Rejected: the parser cannot read it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        try:
            soup = BeautifulSoup(source, "html.parser")
        except (ParserRejectedMarkup, AssertionError, RecursionError) as error:
            raise Rejected(f"it is not HTML that can be read ({type(error).__name__})") from None
    title = soup.title.get_text() if soup.title else None
    text = _LINE_EDGES.sub("\n", _BLANKS.sub(" ", "".join(_pieces(soup))))
    return Page(" ".join(title.split()) if title and title.strip() else None, text)


def _pieces(root: Tag) -> Iterator[str]:
    """Texts and line breaks in reading order. With a stack of its own: pages can be nested ten thousand deep."""
    open_tags: list[tuple[Tag, Iterator[PageElement]]] = [(root, iter(root.contents))]
    while open_tags:
        tag, rest = open_tags[-1]
        child = next(rest, None)
        if child is None:
            open_tags.pop()
            yield _after(tag)
        elif isinstance(child, Tag):
            if child.name not in _DROPPED and not _is_hidden(child):
                yield _before(child)
                open_tags.append((child, iter(child.contents)))
        elif type(child) is NavigableString:  # its subclasses are comments, doctypes and the like
            yield _SPACE.sub(" ", child)


def _before(tag: Tag) -> str:
    if level := _HEADINGS.get(tag.name):
        return f"\n\n{'#' * level} "
    if tag.name == "li":
        return "\n- "
    if tag.name in ("br", "tr"):
        return "\n"
    return "\n\n" if tag.name in _BLOCKS else ""


def _after(tag: Tag) -> str:
    if tag.name in ("td", "th"):
        return " | "
    return "\n\n" if tag.name in _BLOCKS or tag.name in _HEADINGS else ""


def _is_hidden(tag: Tag) -> bool:
    style = tag.get("style")
    return (
        tag.has_attr("hidden")
        or tag.get("aria-hidden") == "true"
        or (isinstance(style, str) and bool(_HIDDEN_STYLE.search(style)))
    )
