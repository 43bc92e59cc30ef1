"""A source text as the content desk takes it: what it says, what it is called, when it holds."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.db.versions import Details
from app.errors import InvalidText, PrashnaError
from app.retrieval.question import clean

# Part of every content hash. Raise it when the same text would be read or cut differently: the next apply then makes
# new versions of everything.
READING = 2
MAX_KEY = 500
MAX_TITLE = 500

_BLANKS = re.compile(r"[^\S\n]+$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{3,}")


class Rejected(PrashnaError):
    """This text cannot be taken in; the message is the reason."""

    code = "rejected"


@dataclass(frozen=True, slots=True)
class Rejection:
    """What was left out and why. `name` is a file, or file:line."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading line of a text: it lies at text[start:end]; level 1 is the highest."""

    start: int
    end: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Document:
    """One text under its key.

    `source` names where it came from, in messages only, and `origin` the file as it was named, without a line; `label`
    comes from --label. `pages` are where the pages of a paged file begin in the text; `warnings` what the checks of
    one document found (see `checks`).
    """

    source: str
    key: str
    title: str
    text: str
    label: str | None = None
    headings: tuple[Heading, ...] = ()
    details: Details = field(default_factory=Details)
    pages: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    origin: str = ""

    @property
    def header(self) -> str:
        """What the text is about, in a line: "Article 19. Protection of certain rights"."""
        if not self.label or self.title.casefold().startswith(self.label.casefold()):
            return self.title
        return f"{self.label}. {self.title}"

    @property
    def content_hash(self) -> str:
        """The same for two documents exactly when storing them would give the same rows."""
        details = self.details
        said = {
            "reading": READING,
            "title": self.title,
            "label": self.label,
            "text": self.text,
            "headings": [[heading.start, heading.level, heading.title] for heading in self.headings],
            "details": [getattr(details, name) for name in Details.__slots__],
        }
        # Only where there are any: what has no pages keeps the hash it had before there were pages.
        if self.pages:
            said["pages"] = self.pages
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=_plain).encode()).hexdigest()


def tidy(text: str) -> str:
    """`text` as it is stored: clean, no blanks at line ends, at most one empty line in a row.

    Raises:
        Rejected: it has no words or holds control characters.
    """
    text = _EMPTY_LINES.sub("\n\n", _BLANKS.sub("", safe(text))).strip()
    if not text:
        raise Rejected("it has no text")
    return text


def one_line(text: str) -> str:
    """`text` safe and on one line.

    Raises:
        Rejected: it holds control characters.
    """
    return " ".join(safe(text).split())


def safe(text: str) -> str:
    """`text` in NFC without invisible characters.

    Raises:
        Rejected: it holds NUL, other control characters or lone surrogates.
    """
    try:
        return clean(text)
    except InvalidText as error:
        raise Rejected(str(error)) from None


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"not a value of a document: {type(value).__name__}")
