"""Takes content in: read, compare, cut, embed, and make it live in one transaction."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.db import content
from app.db.content import Revision
from app.db.engine import Connection
from app.db.search import Namespace
from app.db.versions import NewVersion, StatusChange
from app.retrieval.embedder import Embedder, Embedders
from ingest import embedding, parser, splitter
from ingest.boundaries import Offsets
from ingest.document import Rejected, Rejection
from ingest.label import Label
from ingest.plan import Plan, Step, plan
from ingest.report import Report
from ingest.spool import Spool
from ingest.summary import Summary


@dataclass(frozen=True, slots=True)
class Models:
    """What an apply computes with: the tokenizer of the embedded model and an embedder for every namespace's model."""

    offsets: Offsets
    embedders: Embedders


@dataclass(frozen=True, slots=True)
class Wish:
    """What the content editor asks for."""

    paths: Sequence[str]
    domain: str
    label: Label | None
    revision: Revision


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be made live: new versions, and what happens to those that are stored."""

    added: list[NewVersion]
    changes: list[StatusChange]
    revived: list[StatusChange]


async def apply(dsn: str, wish: Wish, models: Models, report: Report) -> Summary:
    """Make what the paths say live in the domain, as one revision; no revision where nothing changes.

    Nothing is visible before all of it is. Killed at any moment it leaves nothing behind.

    Raises:
        ConfigurationError: the domain, or an embedder for it, is not there.
        ProviderError: the embedder failed.
    """
    began = time.monotonic()
    async with content.open_desk(dsn) as desk:
        space = await content.namespace(desk, wish.domain)
        embedder = models.embedders.of(space.model)
        reading = await asyncio.to_thread(parser.read, wish.paths, domain=wish.domain, label=wish.label)
        await _become_the_only_one(desk, wish.domain, report)
        stored = await content.versions(desk, wish.domain, [document.key for document in reading.documents])
        made = plan(reading.documents, stored)
        work = await asyncio.to_thread(_cut, made, models.offsets)
        summary = _summary(wish.domain, made, work)
        summary.rejected = [*reading.rejected, *made.rejected]
        summary.skipped = reading.skipped
        summary.warnings = list(_not_now(made, await content.today(desk)))
        if work.added or work.revived:
            await _make_live(desk, space, wish.revision, work, embedder, report, summary)
    summary.seconds = time.monotonic() - began
    return summary


async def _become_the_only_one(desk: Connection, domain: str, report: Report) -> None:
    if not await content.lock(desk, domain, wait=False):
        report.say(f"another change of {domain} is under way; waiting for it to end")
        await content.lock(desk, domain, wait=True)


def _cut(made: Plan, offsets: Offsets) -> _Work:
    """Cut the new texts. A step whose text cannot be cut goes over to the plan's rejected ones."""
    added: list[NewVersion] = []
    changes: list[StatusChange] = []
    for steps in (made.added, made.changed):
        for step in list(steps):
            try:
                added.append(_new_version(step, offsets))
            except Rejected as error:
                steps.remove(step)
                made.rejected.append(Rejection(step.document.source, str(error)))
    for step in [*made.new, *made.revived]:
        changes += step.displaces
    return _Work(added, changes, [_revival(step) for step in made.revived])


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


def _revival(step: Step) -> StatusChange:
    version = step.revives
    assert version is not None, "a revived step has its version"  # noqa: S101
    return StatusChange(
        version_id=version.id,
        document_id=version.document_id,
        status_before=version.status,
        status_after="live",
        effective_to_before=version.effective_to,
        effective_to_after=step.document.details.effective_to,
    )


def _summary(domain: str, made: Plan, work: _Work) -> Summary:
    return Summary(
        domain,
        added=len(made.added),
        changed=len(made.changed),
        unchanged=len(made.unchanged),
        revived=len(made.revived),
        tokens=sum(chunk.tokens for one in work.added for parent in one.parents for chunk in parent.chunks),
    )


def _not_now(made: Plan, today: date) -> Iterator[str]:
    for step in [*made.new, *made.revived]:
        details = step.document.details
        if details.effective_to and details.effective_to <= today:
            yield f"{step.document.source} was effective until {details.effective_to}: today's questions do not find it"
        elif details.effective_from and details.effective_from > today:
            yield f"{step.document.source} is effective from {details.effective_from}: questions find it from then on"


async def _make_live(
    desk: Connection,
    space: Namespace,
    revision: Revision,
    work: _Work,
    embedder: Embedder,
    report: Report,
    summary: Summary,
) -> None:
    waiting = await content.missing_embeddings(desk, space, [change.version_id for change in work.revived])
    texts = [chunk.embedded_text for one in work.added for parent in one.parents for chunk in parent.chunks]
    texts += [one.text for one in waiting]
    with Spool(space.dimensions) as spool:
        summary.chunks = len(texts)
        summary.embedding_seconds = await embedding.embed(desk, texts, embedder, spool, report)
        summary.revision = await content.save(
            desk,
            space,
            revision,
            added=work.added,
            changes=[*work.changes, *work.revived],
            waiting=waiting,
            vectors=spool.rows(),
        )
