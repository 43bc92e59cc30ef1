"""The documents of a command compared with those that are stored, a batch at a time, so that memory stays flat."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from app.db import content, documents
from app.db.content import Revision
from app.db.engine import Connection
from app.db.versions import NewVersion, StoredVersion
from app.retrieval import prices
from app.retrieval.embedder import Embedders
from app.retrieval.minilm import MiniLM
from ingest import parser, splitter
from ingest.boundaries import Offsets
from ingest.document import Document, Rejected, Rejection
from ingest.label import Label
from ingest.live_texts import LiveTexts
from ingest.plan import Step, judge
from ingest.reading_ahead import ReadingAhead
from ingest.summary import Summary


@dataclass(frozen=True, slots=True)
class Models:
    """What the content desk computes with: the embedded model's tokenizer and an embedder for every known model."""

    offsets: Offsets
    embedders: Embedders


@dataclass(frozen=True, slots=True)
class Wish:
    """What the content editor asks for. `metadata` and `kind` are --metadata and --format."""

    paths: Sequence[str]
    domain: str
    label: Label | None
    revision: Revision
    draft: bool = False
    prune: bool = False
    wait: bool = True
    metadata: str | None = None
    kind: str | None = None


@dataclass(slots=True)
class Batch:
    """The next documents. `versions` has the new version of each of `new`; `seen` has every key and its file."""

    new: list[Step] = field(default_factory=list)
    versions: list[NewVersion] = field(default_factory=list)
    revived: list[Step] = field(default_factory=list)
    unchanged: list[Step] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def changes(self) -> list[Step]:
        """The steps that change something."""
        return [*self.new, *self.revived]


async def survey(desk: Connection, wish: Wish, models: Models, summary: Summary) -> AsyncIterator[Batch]:
    """Every document under the paths in order, judged and cut; what else there is to say goes into `summary`.

    Raises:
        ConfigurationError: the metadata cannot be read.
    """
    model = (await content.namespace(desk, wish.domain)).model
    today = await content.today(desk)
    count = lru_cache(maxsize=1000)(lambda header: len(models.offsets(header)))
    read = parser.documents(wish.paths, domain=wish.domain, label=wish.label, metadata=wish.metadata, kind=wish.kind)
    live: LiveTexts | None = None
    with ReadingAhead(read) as ahead:
        while (found := await ahead.next()) is not None:
            summary.rejected += found.rejected
            summary.skipped += [remark.line for remark in found.remarks if not remark.is_warning]
            summary.warnings += [remark.line for remark in found.remarks if remark.is_warning]
            stored = await content.versions(desk, wish.domain, [document.key for document in found.documents])
            batch = await asyncio.to_thread(_judged, found.documents, stored, wish, models.offsets, summary)
            _count(batch, summary, today)
            if batch.new:
                live = live if live is not None else await _live_texts(desk, wish.domain)
                summary.warnings += await asyncio.to_thread(_compared, batch, live)
            for chunk in (chunk for one in batch.versions for parent in one.parents for chunk in parent.chunks):
                summary.chunks += 1
                summary.tokens += chunk.tokens + count(chunk.header)
            yield batch
    summary.cost = prices.cost(model, summary.tokens, 0) if model != MiniLM.name else summary.cost


async def _live_texts(desk: Connection, domain: str) -> LiveTexts:
    """What is live, made into its hashes in a thread that asks for the next rows."""
    loop = asyncio.get_running_loop()
    rows = documents.live_texts(desk, domain)
    left = threading.Event()

    async def some() -> list[tuple[str, str, str]]:
        return await anext(rows, [])

    def every() -> Iterator[tuple[str, str, str]]:
        while not left.is_set() and (found := asyncio.run_coroutine_threadsafe(some(), loop).result()):
            yield from found

    made = loop.run_in_executor(None, LiveTexts, every())
    try:
        return await asyncio.shield(made)
    finally:
        # Who is interrupted leaves the connection free: the thread ends with the rows that it has.
        left.set()
        await asyncio.wait([made])
        await rows.aclose()


def _compared(batch: Batch, live: LiveTexts) -> list[str]:
    return [f"{step.document.source}: {line}" for step in batch.new for line in live.compare(step.document)]


def _judged(
    found: Sequence[Document],
    stored: Mapping[str, Sequence[StoredVersion]],
    wish: Wish,
    offsets: Offsets,
    summary: Summary,
) -> Batch:
    batch = Batch()
    for document in found:
        batch.seen[document.key] = document.origin
        try:
            step = judge(document, stored.get(document.key, ()), draft=wish.draft)
            if step.is_new:
                batch.versions.append(_new_version(step, offsets))
        except Rejected as error:
            summary.rejected.append(Rejection(document.source, str(error)))
            continue
        places = {"unchanged": batch.unchanged, "revived": batch.revived}
        places.get(step.outcome, batch.new).append(step)
    return batch


def _new_version(step: Step, offsets: Offsets) -> NewVersion:
    document = step.document
    return NewVersion(
        key=document.key,
        document_id=step.stored[0].document_id if step.stored else None,
        number=step.stored[-1].number + 1 if step.stored else 1,
        content_hash=document.content_hash,
        title=document.title,
        details=document.details,
        parents=splitter.split(document, offsets),
    )


def _count(batch: Batch, summary: Summary, today: date) -> None:
    for step in [*batch.changes, *batch.unchanged]:
        summary.count(step.outcome, step.document.key)
    for step in batch.changes:
        document = step.document
        summary.warnings += [f"{document.source}: {warning}" for warning in document.warnings]
        summary.warnings += _not_now(document, today)


def _not_now(document: Document, today: date) -> Iterator[str]:
    details = document.details
    if details.effective_to and details.effective_to <= today:
        yield f"{document.source} was effective until {details.effective_to}: today's questions do not find it"
    elif details.effective_from and details.effective_from > today:
        yield f"{document.source} is effective from {details.effective_from}: questions find it from then on"
