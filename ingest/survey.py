"""The documents of a command compared with those that are stored, a batch at a time, so that memory stays flat."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Self

from app.db import content, documents
from app.db.content import Revision
from app.db.engine import Connection
from app.db.versions import NewParent, NewVersion, StoredVersion
from app.retrieval import prices
from app.retrieval.embedder import Embedders
from app.retrieval.minilm import MiniLM
from ingest import parser, pruning, splitter
from ingest.boundaries import Offsets
from ingest.document import Document, Rejected, Rejection
from ingest.label import Label
from ingest.live_texts import LiveTexts
from ingest.plan import Step, judge
from ingest.reading_ahead import Found, ReadingAhead
from ingest.summary import Summary

# Documents cut at a time. Half of the work is the tokenizer's, which leaves the interpreter to the other one.
_CUTTERS = 2


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
    """The next documents. `versions` has the new version of each of `new`; `seen` has every key and its file.

    `found` is what they were read from, `compared` what is to be said of new ones beside live texts, by key.
    """

    found: Found
    new: list[Step] = field(default_factory=list)
    versions: list[NewVersion] = field(default_factory=list)
    revived: list[Step] = field(default_factory=list)
    unchanged: list[Step] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    compared: dict[str, list[str]] = field(default_factory=dict)

    @property
    def changes(self) -> list[Step]:
        """The steps that change something."""
        return [*self.new, *self.revived]


async def survey(desk: Connection, wish: Wish, models: Models, summary: Summary) -> AsyncGenerator[Batch]:
    """Every document under the paths in order, judged and cut; what else there is to say goes into `summary`.

    Raises:
        ConfigurationError: the metadata cannot be read.
    """
    judging = await _Judging.begin(desk, wish, models, summary)
    read = parser.documents(wish.paths, domain=wish.domain, label=wish.label, metadata=wish.metadata, kind=wish.kind)
    live: LiveTexts | None = None
    with ReadingAhead(read) as ahead:
        while (found := await ahead.next()) is not None:
            batch = await judging.judge(found)
            if batch.new:
                live = live if live is not None else await _live_texts(desk, wish.domain)
                batch.compared = await asyncio.to_thread(_compared, batch, live)
            judging.count(batch)
            yield batch


async def survey_again(
    desk: Connection, wish: Wish, models: Models, summary: Summary, batches: Iterable[Batch]
) -> AsyncGenerator[Batch]:
    """The same documents, judged by what is stored now; nothing is read, nor cut or compared a second time."""
    judging = await _Judging.begin(desk, wish, models, summary)
    for before in batches:
        batch = await judging.judge(before.found, before.versions)
        batch.compared = before.compared
        judging.count(batch)
        yield batch


class _Judging:
    """Compares documents with what is stored, and counts what becomes of them in `summary`."""

    def __init__(
        self,
        desk: Connection,
        wish: Wish,
        models: Models,
        summary: Summary,
        *,
        model: str,
        today: date,
        origins: Mapping[str, str],
    ) -> None:
        self._desk = desk
        self._wish = wish
        self._offsets = models.offsets
        self._summary = summary
        self._model = model
        self._today = today
        self._origins = origins
        self._length = lru_cache(maxsize=1000)(lambda header: len(models.offsets(header)))

    @classmethod
    async def begin(cls, desk: Connection, wish: Wish, models: Models, summary: Summary) -> Self:
        model = (await content.namespace(desk, wish.domain)).model
        today, origins = await content.today(desk), await documents.origins(desk, wish.domain)
        return cls(desk, wish, models, summary, model=model, today=today, origins=origins)

    async def judge(self, found: Found, cut: Sequence[NewVersion] = ()) -> Batch:
        """What becomes of each; of those that were `cut` before, the passages are taken over."""
        stored = await content.versions(self._desk, self._wish.domain, [one.key for one in found.documents])
        passages = {version.key: version.parents for version in cut}
        return await asyncio.to_thread(self._judged, found, stored, passages)

    def count(self, batch: Batch) -> None:
        """Note what it would do, and what there is to say of it."""
        summary, found = self._summary, batch.found
        summary.skipped += [remark.line for remark in found.remarks if not remark.is_warning]
        summary.warnings += [remark.line for remark in found.remarks if remark.is_warning]
        for step in [*batch.changes, *batch.unchanged]:
            summary.count(step.outcome, step.document.key)
        for step in batch.changes:
            told = [*step.document.warnings, *step.warnings, *_two_files(step, self._origins)]
            summary.warnings += [f"{step.document.source}: {warning}" for warning in told]
            summary.warnings += _not_now(step.document, self._today)
        for step in batch.new:
            told = batch.compared.get(step.document.key, [])
            summary.warnings += [f"{step.document.source}: {line}" for line in told]
        for chunk in (chunk for one in batch.versions for parent in one.parents for chunk in parent.chunks):
            summary.chunks += 1
            summary.tokens += chunk.tokens + self._length(chunk.header)
        if self._model != MiniLM.name:
            summary.cost = prices.cost(self._model, summary.tokens, 0)

    def _judged(
        self,
        found: Found,
        stored: Mapping[str, Sequence[StoredVersion]],
        passages: Mapping[str, tuple[NewParent, ...]],
    ) -> Batch:
        batch = Batch(found)
        self._summary.rejected += found.rejected
        batch.seen = {document.key: document.origin for document in found.documents}
        places = {"unchanged": batch.unchanged, "revived": batch.revived}
        with ThreadPoolExecutor(_CUTTERS, thread_name_prefix="cutting") as cutters:
            for result in cutters.map(partial(self._step, stored, passages), found.documents):
                if isinstance(result, Rejection):
                    self._summary.rejected.append(result)
                    continue
                step, version = result
                places.get(step.outcome, batch.new).append(step)
                if version:
                    batch.versions.append(version)
        return batch

    def _step(
        self,
        stored: Mapping[str, Sequence[StoredVersion]],
        passages: Mapping[str, tuple[NewParent, ...]],
        document: Document,
    ) -> tuple[Step, NewVersion | None] | Rejection:
        """What becomes of one, with its new version where it gets one."""
        try:
            step = judge(document, stored.get(document.key, ()), draft=self._wish.draft)
            if not step.is_new:
                return step, None
            parents = passages.get(document.key) or splitter.split(document, self._offsets)
        except Rejected as error:
            return Rejection(document.source, str(error))
        return step, _new_version(step, parents)


async def _live_texts(desk: Connection, domain: str) -> LiveTexts:
    """What is live, made into its hashes in a thread that asks for the next rows."""
    loop = asyncio.get_running_loop()
    rows = documents.live_texts(desk, domain)
    left = threading.Event()
    asking: set[asyncio.Task[object] | None] = set()

    async def some() -> list[tuple[str, str, str]]:
        asking.add(asyncio.current_task())
        try:
            return [] if left.is_set() else await anext(rows, [])
        finally:
            asking.clear()

    def every() -> Iterator[tuple[str, str, str]]:
        while not left.is_set() and (found := asyncio.run_coroutine_threadsafe(some(), loop).result()):
            yield from found

    made = loop.run_in_executor(None, LiveTexts, every())
    try:
        return await asyncio.shield(made)
    finally:
        # Who is interrupted leaves the connection free: what is asked for is given up, and the thread ends without it.
        left.set()
        if waited := [task for task in asking if task is not None and task.cancel()]:
            await asyncio.wait(waited)
        await asyncio.wait([made])
        await rows.aclose()


def _compared(batch: Batch, live: LiveTexts) -> dict[str, list[str]]:
    return {step.document.key: list(live.compare(step.document)) for step in batch.new}


def _new_version(step: Step, parents: tuple[NewParent, ...]) -> NewVersion:
    document = step.document
    return NewVersion(
        key=document.key,
        document_id=step.stored[0].document_id if step.stored else None,
        number=step.stored[-1].number + 1 if step.stored else 1,
        content_hash=document.content_hash,
        title=document.title,
        details=document.details,
        parents=parents,
    )


def _two_files(step: Step, origins: Mapping[str, str]) -> Iterator[str]:
    """A file of another folder with the same name takes the place of a text that nobody meant to change."""
    before, now = origins.get(step.document.key), pruning.origin(step.document.origin)
    if step.outcome == "changed" and before and now and before != now and Path(before).exists():
        yield f"it takes the place of the text from {before}, which is still there: to keep both, give one an id"


def _not_now(document: Document, today: date) -> Iterator[str]:
    details = document.details
    if details.effective_to and details.effective_to <= today:
        yield f"{document.source} was effective until {details.effective_to}: today's questions do not find it"
    elif details.effective_from and details.effective_from > today:
        yield f"{document.source} is effective from {details.effective_from}: questions find it from then on"
