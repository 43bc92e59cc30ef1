"""Paths to documents: each file by its kind in a process of its own, each bad one set aside with its reason."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from ingest import files
from ingest.document import Document, Rejection
from ingest.label import Label
from ingest.metadata import Metadata
from ingest.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to tell the editor that keeps no text out. No warning: a file of a folder was passed over."""

    line: str
    is_warning: bool


@dataclass(slots=True)
class Reading:
    """What the paths say. Documents have distinct keys."""

    documents: list[Document] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read(
    paths: Sequence[str],
    *,
    domain: str,
    label: Label | None = None,
    metadata: str | None = None,
    kind: str | None = None,
) -> Reading:
    """Every document under `paths` at once; see `documents`."""
    reading = Reading()
    for result in documents(paths, domain=domain, label=label, metadata=metadata, kind=kind):
        if isinstance(result, Document):
            reading.documents.append(result)
        elif isinstance(result, Rejection):
            reading.rejected.append(result)
        else:
            (reading.warnings if result.is_warning else reading.skipped).append(result.line)
    return reading


def documents(
    paths: Sequence[str],
    *,
    domain: str,
    label: Label | None = None,
    metadata: str | None = None,
    kind: str | None = None,
) -> Generator[Document | Rejection | Remark]:
    """Every document under `paths`, one at a time. One bad file, or one bad line, stops nothing else.

    Keys are distinct: the second document with a key comes as its rejection. `metadata` names the file of --metadata,
    `kind` is that of the files named, whatever their suffix. Close it, or read it to its end: a child
    process belongs to it.

    Raises:
        ConfigurationError: the metadata cannot be read.
    """
    known = Metadata.load(metadata) if metadata else Metadata()
    found = files.find(paths, kind)
    sources, refused, unknown = known.join(found.sources)
    yield from found.rejected
    yield from refused
    yield from (Remark(line, is_warning=False) for line in found.skipped)
    yield from (Remark(line, is_warning=True) for line in unknown)
    seen: dict[str, str] = {}
    with Sandbox(domain, label) as sandbox:
        for result in (one for source in sources for one in sandbox.parse(source)):
            yield _distinct(result, seen) if isinstance(result, Document) else result


def _distinct(document: Document, seen: dict[str, str]) -> Document | Rejection:
    first = seen.setdefault(document.key, document.source)
    if first is document.source:
        return document
    advice = "; give each an id, or use --label" if document.key in first else ""
    return Rejection(document.source, f"{first} has the same key {document.key!r}{advice}")
