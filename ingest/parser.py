"""Paths to documents: each file by its kind, each bad one set aside with its reason."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from ingest import fields, files, front_matter, html_page, jsonl_rows, markdown
from ingest.document import MAX_KEY, Document, Heading, Rejected, Rejection, one_line, tidy
from ingest.files import Source
from ingest.label import Label

_NOT_METADATA = frozenset({"id", "title", "text"})
_NOT_METADATA_OF_A_FILE = frozenset({"id", "title", "domain"})


@dataclass(slots=True)
class Reading:
    """What the paths say. Documents have distinct keys."""

    documents: list[Document] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def read(paths: Sequence[str], *, domain: str, label: Label | None = None) -> Reading:
    """Every document under `paths`. One bad file, or one bad line, stops nothing else."""
    found = files.find(paths)
    reading = Reading(rejected=found.rejected, skipped=found.skipped)
    seen: dict[str, str] = {}
    for result in (one for source in found.sources for one in _parse(source, domain, label)):
        if isinstance(result, Rejection):
            reading.rejected.append(result)
        elif first := seen.get(result.key):
            advice = "; give each an id, or use --label" if result.key in first else ""
            reading.rejected.append(Rejection(result.source, f"{first} has the same key {result.key!r}{advice}"))
        else:
            seen[result.key] = result.source
            reading.documents.append(result)
    return reading


def _parse(source: Source, domain: str, label: Label | None) -> Iterator[Document | Rejection]:
    try:
        data = files.read(source)
        if source.kind == "jsonl":
            yield from _rows(source, data, label)
        else:
            yield _file(source, files.decode(data), domain, label)
    except Rejected as error:
        yield Rejection(source.name, str(error))


def _rows(source: Source, data: bytes, label: Label | None) -> Iterator[Document | Rejection]:
    empty = True
    for result in jsonl_rows.read(source.name, data):
        empty = False
        if isinstance(result, Rejection):
            yield result
            continue
        place, row = result
        try:
            yield _row(source, place, row, label)
        except Rejected as error:
            yield Rejection(place, str(error))
    if empty:
        raise Rejected("it has no rows")


def _row(source: Source, place: str, row: Mapping[str, object], label: Label | None) -> Document:
    text = row.get("text")
    if not isinstance(text, str):
        raise Rejected("the row has no text" if text is None else "the row's text is not a string")
    name = label.of(row) if label else None
    title = fields.line(row, "title") or name
    if title is None:
        raise Rejected("the row has no title (--label would stand in for it)")
    return Document(
        source=place,
        key=_key(row, name, source),
        title=title,
        text=tidy(text),
        label=name,
        details=fields.details(row, apart=_NOT_METADATA),
    )


def _file(source: Source, text: str, domain: str, label: Label | None) -> Document:
    given, title, text, headings = _content(source.kind, text)
    meant = fields.line(given, "domain")
    if meant and meant != domain:
        raise Rejected(f"its front matter says domain {meant!r}, and --domain is {domain!r}")
    title = fields.line(given, "title") or title or _spoken(source.key)
    name = label.of({"title": title, **given}) if label else None
    return Document(
        source=source.name,
        key=_key(given, name, source),
        title=title,
        text=text,
        label=name,
        headings=headings,
        details=fields.details(given, apart=_NOT_METADATA_OF_A_FILE),
    )


def _content(kind: str, text: str) -> tuple[Mapping[str, object], str | None, str, tuple[Heading, ...]]:
    """Keys, title, text and headings of a file that is one document."""
    if kind == "text":
        return {}, None, tidy(text), ()
    given: Mapping[str, object] = {}
    title = None
    if kind == "html":
        page = html_page.read(text)
        title, text = page.title, tidy(page.text)
    else:
        given, text = front_matter.split(text)
        title, text = fields.line(given, "title"), tidy(markdown.without_comments(text))
    title, text = markdown.take_title(text, title)
    return given, fields.line({"title": title}, "title"), text, markdown.headings(text)


def _key(given: Mapping[str, object], name: str | None, source: Source) -> str:
    key = fields.line(given, "id") or name or one_line(source.key)
    if len(key) > MAX_KEY:
        raise Rejected(f"its key has more than {MAX_KEY} characters")
    return key


def _spoken(key: str) -> str:
    """A title out of a file's name: "fiscal-policy.txt" is "Fiscal policy"."""
    words = re.sub(r"[-_\s]+", " ", one_line(PurePath(key).stem)).strip()
    return words[:1].upper() + words[1:] or key
