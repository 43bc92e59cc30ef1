"""The passages that evals/sets name by id, as the answer path would get them.

"polity:polity/article-19#1" is the second parent of content/polity/article-19; "constitution:Article 352#0" the first
of that article in ../shared/data/constitution, which a fresh clone has not.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from app.retrieval.minilm import MiniLM
from app.retrieval.passage import Passage
from ingest.label import Label
from ingest.parser import read
from ingest.splitter import split

ROOT = Path(__file__).resolve().parents[1]
CONTENT = ROOT / "content"
CONSTITUTION = ROOT.parent / "shared" / "data" / "constitution"
_FILES = (
    ("articles", "Article {number}"),
    ("schedules", "Schedule {number}"),
    ("amendments_list", "Amendment {number}"),
)


@cache
def passages() -> dict[str, Passage]:
    """All passages by id: those of content/, and those of the Constitution where it is there."""
    found: dict[str, Passage] = {}
    for folder in sorted(CONTENT.iterdir()):
        found.update(_parents(folder, folder.name, None, folder.name))
    for name, label in _FILES:
        path = CONSTITUTION / f"{name}.jsonl"
        if path.exists():
            found.update(_parents(path, "polity", Label.parse(label), "constitution"))
    return found


def resolve(ids: list[str]) -> tuple[Passage, ...] | None:
    """The passages with these ids, in order; None where some of them are of the missing Constitution.

    Raises:
        KeyError: content/ has no such passage.
    """
    known = passages()
    if any(one not in known and one.startswith("constitution:") for one in ids) and not CONSTITUTION.exists():
        return None
    return tuple(known[one] for one in ids)


def _parents(path: Path, domain: str, label: Label | None, prefix: str) -> Iterator[tuple[str, Passage]]:
    reading = read([str(path)], domain=domain, label=label)
    for document in reading.documents:
        for position, parent in enumerate(split(document, _model().offsets)):
            name = f"{prefix}:{document.key}#{position}"
            yield (
                name,
                Passage(
                    parent_id=uuid5(NAMESPACE_URL, name),
                    version_id=uuid5(NAMESPACE_URL, f"version {prefix}:{document.key}"),
                    document_id=uuid5(NAMESPACE_URL, f"document {prefix}:{document.key}"),
                    domain=domain,
                    namespace_id=uuid5(NAMESPACE_URL, domain),
                    version=1,
                    title=document.title,
                    header=parent.header,
                    locator=parent.locator,
                    text=parent.text,
                    best_child=parent.text,
                    score=1.0,
                    dense=None,
                    text_rank=0.0,
                ),
            )


@cache
def _model() -> MiniLM:
    return MiniLM.load(1)
