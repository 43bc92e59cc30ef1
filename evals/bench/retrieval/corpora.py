"""What is searched and asked: texts as the product would store them, and questions with the units that answer them."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.db.versions import NewChunk, NewParent, NewVersion
from evals.bench.child import ROOT
from ingest import parser, splitter
from ingest.boundaries import Offsets
from ingest.document import Document
from ingest.label import Label

SHARED = ROOT.parent / "shared" / "data"
SETS = ROOT / "evals" / "sets"
CONTENT = ROOT / "content"
VASWANI = "vaswani"
_CONSTITUTION = {"articles": "Article {number}", "schedules": "Schedule {number}"}
# Repealed articles have no text to find.
_STANDING = "in_text"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the units that answer it."""

    text: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Versions by domain, questions, and the unit by which an answer is judged.

    `unit` makes a unit's name of a domain, a document's key and a parent's position.
    """

    name: str
    versions: dict[str, list[NewVersion]]
    asked: tuple[Asked, ...]
    unit: Callable[[str, str, int], str]


def available(offsets: Offsets, *, tuning: bool = False) -> Iterator[Callable[[], Corpus]]:
    """Every corpus whose files are here, not read yet; `tuning` asks the natural questions that we tune on."""
    ending = "_tuning" if tuning else ""
    constitution_set = SETS / f"retrieval_constitution{ending}.jsonl"
    content_set = SETS / f"retrieval_content{ending}.jsonl"
    if SHARED.is_dir():
        yield lambda: vaswani(offsets)
        yield lambda: constitution_titles(offsets)
        if constitution_set.exists():
            yield lambda: constitution_questions(offsets, constitution_set)
    if content_set.exists():
        yield lambda: content_questions(offsets, content_set)


def vaswani(offsets: Offsets) -> Corpus:
    """11,429 physics abstracts, 93 queries judged by people. Abstracts have no titles, so pieces have no header."""
    folder = SHARED / "ir_vaswani"
    documents = [
        Document(source=row["id"], key=row["id"], title=row["id"], text=row["text"])
        for row in _rows(folder / "corpus.jsonl")
    ]
    relevant: dict[str, set[str]] = {}
    for line in (folder / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, _ = line.split("\t")
        relevant.setdefault(query, set()).add(document)
    asked = [Asked(row["text"], frozenset(relevant[row["id"]])) for row in _rows(folder / "queries.jsonl")]
    versions = [_bare(version(document, offsets)) for document in documents]
    return Corpus(VASWANI, {"science": versions}, tuple(asked), _document)


def constitution_titles(offsets: Offsets) -> Corpus:
    """Each article's title asks for its text, which is stored without its header: that would give it away."""
    rows = [row for row in _rows(SHARED / "constitution" / "articles.jsonl") if row["status"] == _STANDING]
    documents = [
        Document(source=row["number"], key=row["number"], title=row["number"], text=row["text"]) for row in rows
    ]
    # Titles that several articles share ask for any of them.
    named: dict[str, set[str]] = {}
    for row in rows:
        if row["title"]:
            named.setdefault(row["title"], set()).add(row["number"])
    asked = [Asked(title, frozenset(numbers)) for title, numbers in named.items()]
    versions = [_bare(version(document, offsets)) for document in documents]
    return Corpus("constitution, titles", {"polity": versions}, tuple(asked), _document)


def constitution_questions(offsets: Offsets, questions: Path) -> Corpus:
    """Natural questions over the Constitution as a content team would load it: articles and schedules."""
    versions = [version(one, offsets) for one in constitution()]
    asked = [
        Asked(row["query"], frozenset(f"Article {number}" for number in row["relevant"])) for row in _rows(questions)
    ]
    return Corpus("constitution, questions", {"polity": versions}, tuple(asked), _document)


def content_questions(offsets: Offsets, questions: Path) -> Corpus:
    """Natural questions over all domains of content/, judged by passage."""
    asked = [Asked(row["query"], frozenset(row["relevant"])) for row in _rows(questions)]
    return replace(content(offsets), asked=tuple(asked))


def content(offsets: Offsets) -> Corpus:
    """All domains of content/, with nothing asked."""
    versions = {
        folder.name: [version(one, offsets) for one in parser.read([str(folder)], domain=folder.name).documents]
        for folder in sorted(CONTENT.iterdir())
    }
    return Corpus("content", versions, (), _passage)


def constitution() -> list[Document]:
    """The Constitution of ../shared as documents with their labels."""
    found: list[Document] = []
    for name, label in _CONSTITUTION.items():
        path = SHARED / "constitution" / f"{name}.jsonl"
        found += parser.read([str(path)], domain="polity", label=Label.parse(label)).documents
    return found


def version(document: Document, offsets: Offsets) -> NewVersion:
    """The first version of a new document."""
    return NewVersion(
        key=document.key,
        document_id=None,
        number=1,
        content_hash=document.content_hash,
        title=document.title,
        details=document.details,
        parents=splitter.split(document, offsets),
    )


def _bare(given: NewVersion) -> NewVersion:
    """`given` without headers and keys: nothing but the text itself can be found."""
    return replace(given, parents=tuple(_bare_parent(parent) for parent in given.parents))


def _bare_parent(parent: NewParent) -> NewParent:
    chunks = tuple(NewChunk("", chunk.text, chunk.tokens) for chunk in parent.chunks)
    return replace(parent, header="", fact_keys=(), chunks=chunks)


def _document(domain: str, key: str, position: int) -> str:
    del domain, position
    return key


def _passage(domain: str, key: str, position: int) -> str:
    return f"{domain}:{key}#{position}"


def _rows(path: Path) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
