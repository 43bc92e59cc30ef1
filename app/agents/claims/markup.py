"""Finds in a writer's sentence what would act in an answer (links, images, HTML, addresses), and what only frames."""

import re

_IMAGE = re.compile(r"!\[[^\]\n]{0,500}\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])?")
_LINK = re.compile(r"\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)")
_REFERENCE = re.compile(
    r"\[([^\]\n]{1,500})\]\[[^\]\n\d][^\]\n]{0,200}\]|^[ \t]*\[[^\]\n]{1,200}\]:.{0,2000}$", re.MULTILINE
)
_TAG = re.compile(r"</?[a-zA-Z!][^>\n]{0,1000}>?")
_ADDRESS = re.compile(
    r"(?:\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}:)?//[^\s)\]]{1,2000}|\bwww\.[^\s)\]]{1,2000}|\b(?:javascript|data|mailto|vbscript):\S{0,2000}",
    re.IGNORECASE,
)
# Names of settings, columns and tools; emphasis has its underscores outside.
_IDENTIFIER = re.compile(r"[A-Za-z0-9]_[A-Za-z0-9]")

_TITLE = re.compile(
    r"\s*(?:#{1,6}\s+\S.*|(?:[-*+•]\s+|\d{1,2}[.)]\s+)?(?:\*\*|__)[^*_\n]{1,200}(?:\*\*|__):?.{0,40}|[^\n]{1,160}:(?:\*\*|__)?)\s*"
)


def acts(sentence: str) -> str | None:
    """What in a sentence would act in an answer, None when nothing does. Citations are no links."""
    for pattern, name in (
        (_IMAGE, "an image"),
        (_LINK, "a link"),
        (_REFERENCE, "a link"),
        (_TAG, "HTML"),
        (_ADDRESS, "an address"),
        (_IDENTIFIER, "a program's identifier"),
    ):
        if pattern.search(sentence):
            return f"it holds {name}"
    return None


def is_title(sentence: str) -> bool:
    """Whether a sentence is a heading, a title in bold or a lead-in that ends with a colon."""
    return _TITLE.fullmatch(sentence) is not None
