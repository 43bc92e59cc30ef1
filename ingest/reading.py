"""One file to documents, by its kind. Runs in the child process (see sandbox), on input that is taken as hostile."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from pathlib import PurePath

from ingest import checks, csv_rows, fields, files, front_matter, html_page, jsonl_rows, kinds, markdown
from ingest.document import MAX_KEY, Document, Rejected, Rejection, one_line, tidy
from ingest.files import Source
from ingest.jsonl_rows import Row
from ingest.label import Label
from ingest.outline import Content

_NOT_METADATA = frozenset({"id", "title", "text"})
_NOT_METADATA_OF_A_FILE = frozenset({"id", "title", "domain"})

_Rows = Iterator[tuple[str, Row] | Rejection]
_ROW_READERS: dict[str, Callable[[str, bytes], _Rows]] = {"jsonl": jsonl_rows.read, "csv": csv_rows.read}


def parse(source: Source, domain: str, label: Label | None) -> Iterator[Document | Rejection]:
    """The documents of a file: one, or one a row. What cannot be taken in comes as its reason."""
    try:
        data = files.read(source)
        kinds.check(source.kind, data)
        if source.kind in kinds.ROWS:
            yield from _rows(source, data, label)
        else:
            yield _file(source, data, domain, label)
    except Rejected as error:
        yield Rejection(source.name, str(error))


def _rows(source: Source, data: bytes, label: Label | None) -> Iterator[Document | Rejection]:
    rows = _ROW_READERS[source.kind](source.name, data)
    first = list(islice(rows, 2))
    if not first:
        raise Rejected("it has no rows")
    for result in chain(first, rows):
        if isinstance(result, Rejection):
            yield result
            continue
        place, row = result
        try:
            yield _row(source, place, _merged(row, source, "the row"), label, alone=len(first) == 1)
        except Rejected as error:
            yield Rejection(place, str(error))


def _row(source: Source, place: str, row: Mapping[str, object], label: Label | None, *, alone: bool) -> Document:
    text = row.get("text")
    if not isinstance(text, str):
        raise Rejected("the row has no text" if text is None else "the row's text is not a string")
    name = label.of(row) if label else None
    title = fields.line(row, "title") or name
    if title is None:
        raise Rejected("the row has no title (--label would stand in for it)")
    document = Document(
        source=place,
        key=_key(row, name, source),
        title=title,
        text=tidy(text),
        label=name,
        details=fields.details(row, apart=_NOT_METADATA),
        origin=source.name,
    )
    if name is None and not alone and fields.line(row, "id") is None:
        # The file's name would be the key of whichever row came first.
        raise Rejected("the row has no id, and the file has other rows: give each an id, or use --label")
    return checks.checked(document)


def _file(source: Source, data: bytes, domain: str, label: Label | None) -> Document:
    own, content, raw = _content(source.kind, data)
    _check_domain(own, "its front matter", domain)
    _check_domain(source.given, source.given_at, domain)
    given = _merged(own, source, "its front matter")
    title = fields.line(given, "title") or fields.line({"title": content.title}, "title")
    title = title or (_spoken(source.key) if source.key else None)
    name = label.of({"title": title, **given}) if label else None
    if title is None and name is None:
        raise Rejected("standard input has no name to be its title: give it a title, or use --label")
    document = Document(
        source=source.name,
        key=_key(given, name, source),
        title=title or name or "",
        text=content.text,
        label=name,
        headings=content.headings,
        details=fields.details(given, apart=_NOT_METADATA_OF_A_FILE),
        pages=content.pages,
        warnings=content.warnings,
        origin=source.name,
    )
    return checks.checked(document, raw)


def _content(kind: str, data: bytes) -> tuple[Mapping[str, object], Content, str | None]:
    """Keys and content of a file that is one document, and its lines where it has any."""
    if kind == "pdf":
        from ingest import pdf

        return {}, pdf.read(data), None
    if kind == "docx":
        from ingest import docx

        return {}, docx.read(data), None
    raw = files.decode(data)
    if kind == "text":
        return {}, Content(None, tidy(raw)), raw
    return *_marked_up(kind, raw), raw


def _marked_up(kind: str, raw: str) -> tuple[Mapping[str, object], Content]:
    given: Mapping[str, object] = {}
    title = None
    if kind == "html":
        page = html_page.read(raw)
        title, text = page.title, tidy(page.text)
    else:
        given, text = front_matter.split(raw)
        title, text = fields.line(given, "title"), tidy(markdown.without_comments(text))
    title, text = markdown.take_title(text, title)
    return given, Content(title, text, markdown.headings(text))


def _merged(own: Mapping[str, object], source: Source, whose: str) -> Mapping[str, object]:
    """The keys of a text with those that --metadata has for it; neither silently wins."""
    for key, value in source.given.items():
        if key in own and str(own[key]).strip() != str(value).strip():
            raise Rejected(f"{source.given_at} gives the {key} {str(value)!r}, and {whose} {str(own[key])!r}")
    return {**source.given, **own}


def _check_domain(given: Mapping[str, object], whose: str, domain: str) -> None:
    meant = fields.line(given, "domain")
    if meant and meant != domain:
        raise Rejected(f"{whose} says domain {meant!r}, and --domain is {domain!r}")


def _key(given: Mapping[str, object], name: str | None, source: Source) -> str:
    key = fields.line(given, "id") or name or (one_line(source.key) if source.key else None)
    if key is None:
        raise Rejected("standard input has no name to be its key: give the text an id, or use --label")
    if len(key) > MAX_KEY:
        raise Rejected(f"its key has more than {MAX_KEY} characters")
    return key


def _spoken(key: str) -> str:
    """A title out of a file's name: "fiscal-policy.txt" is "Fiscal policy"."""
    words = re.sub(r"[-_\s]+", " ", one_line(PurePath(key).stem)).strip()
    return words[:1].upper() + words[1:] or key
