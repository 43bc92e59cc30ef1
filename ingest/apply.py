"""Takes content in: one revision, with its texts and the jobs that embed them, in one transaction."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import ExitStack, aclosing
from uuid import UUID

from app.db import content, documents, embeddings, going_live
from app.db.engine import Connection
from app.db.versions import StoredVersion
from app.errors import ConfigurationError
from ingest import following, plan, pruning
from ingest.following import Awaited
from ingest.plan import Step
from ingest.report import Report
from ingest.spool import Spool
from ingest.summary import Summary
from ingest.survey import Batch, Models, Wish, survey, survey_again

__all__ = ["Models", "Wish", "apply"]

# From so many chunks on the planner's figures are renewed before they are embedded, not only when they are live.
_MANY_CHUNKS = 1_000


async def apply(dsn: str, wish: Wish, models: Models, report: Report) -> Summary:
    """Take in what the paths say as one revision, and see it embedded and live; no revision where nothing changes.

    Each document becomes live when its embeddings are complete, and not before. Killed at any moment, either nothing
    of it is there, or all of it with the jobs that go on.

    Raises:
        ConfigurationError: the domain, or an embedder for it, is not there; or the wish contradicts itself.
    """
    began = time.monotonic()
    async with content.open_desk(dsn) as desk:
        space = await content.namespace(desk, wish.domain)
        if wish.wait:
            await following.check_embedder(desk, space, models)
        summary, revisions = await _write(desk, wish, models, report)
        awaited = Awaited(wish.domain, revisions)
        summary.chunks = max(summary.chunks, await embeddings.left(desk, space, list(awaited.revisions)))
        if summary.chunks >= _MANY_CHUNKS:
            await content.analyze(desk, wish.domain)
        summary.waits = await following.anything_left(desk, awaited)
        if wish.wait and summary.waits:
            try:
                summary.trouble = await following.follow(dsn, desk, awaited, models, report)
            except asyncio.CancelledError:
                report.say(
                    "what is written stays and becomes live once embedded, by a bulk worker or the next apply: prashna "
                    "ingest status; to take it back: prashna ingest undo"
                )
                raise
            summary.waits = bool(summary.trouble)
            summary.embedding_seconds = time.monotonic() - began
        if not wish.draft:
            summary.refused = await going_live.refused(desk, wish.domain, revisions)
            summary.refused += await going_live.overtaken(desk, wish.domain, revisions)
    summary.seconds = time.monotonic() - began
    return summary


async def _write(desk: Connection, wish: Wish, models: Models, report: Report) -> tuple[Summary, set[int]]:
    """Write everything; the revisions to wait for: this one, and earlier ones that brought the same texts."""
    if wish.prune:
        pruning.check(wish.paths)
        if wish.draft:
            raise ConfigurationError("--draft and --prune do not go together: what is pruned is out at once")

    def waits() -> None:
        report.say(f"another change of {wish.domain} is under way; waiting for it to end")

    with ExitStack() as kept:
        spool = kept.enter_context(Spool())
        # Read and cut before the domain is held: a file may take half a minute, and a withdrawal must not wait for it.
        before = await documents.stamp(desk, wish.domain)
        summary = Summary(wish.domain, draft=wish.draft)
        await _keep(spool, survey(desk, wish, models, summary))
        async with content.changing(desk, wish.domain, waits=waits):
            if await documents.stamp(desk, wish.domain) != before:
                report.say(f"{wish.domain} has changed meanwhile; comparing again")
                summary = Summary(wish.domain, draft=wish.draft)
                first, spool = spool, kept.enter_context(Spool())
                await _keep(spool, survey_again(desk, wish, models, summary, first.batches()))
            writer = _Writer(desk, wish)
            seen: set[str] = set()
            for batch in spool.batches():
                await writer.take(batch)
                seen |= batch.seen.keys()
            if wish.prune:
                await writer.remove(await removed(desk, wish, seen, summary))
            await writer.finish()
            summary.revision = writer.revision
    return summary, writer.awaited


async def _keep(spool: Spool, batches: AsyncGenerator[Batch]) -> None:
    # Closed where it is left: the parser's process belongs to it.
    async with aclosing(batches):
        async for batch in batches:
            spool.add(batch)


async def removed(
    desk: Connection, wish: Wish, seen: set[str], summary: Summary
) -> Mapping[str, Sequence[StoredVersion]]:
    """The documents to take out for --prune with their versions; they are counted in `summary`."""
    files = await documents.origins(desk, wish.domain)
    keys = pruning.gone(files, wish.paths, seen, summary.rejected)
    # A file that was named and is gone is no mistake, when taking it out is what was asked for.
    meant = {files[key] for key in keys}
    summary.rejected = [one for one in summary.rejected if not pruning.refers_to(one, meant)]
    for key in keys:
        summary.count("removed", key)
    return await content.versions(desk, wish.domain, keys)


class _Writer:
    """Writes batches under one revision, which is made with the first change."""

    def __init__(self, desk: Connection, wish: Wish) -> None:
        self._desk = desk
        self._wish = wish
        self._embed: list[UUID] = []
        self._revived: list[Step] = []
        self.revision: int | None = None
        self.awaited: set[int] = set()

    async def take(self, batch: Batch) -> None:
        """Write what the batch changes."""
        domain = self._wish.domain
        if batch.changes:
            number = await self._begin()
            await content.change(self._desk, domain, number, [one for step in batch.changes for one in step.replaces])
            self._embed += await content.add(self._desk, domain, number, batch.versions, live=not self._wish.draft)
            await self._revive(batch.revived, number)
        for step in batch.unchanged:
            self.awaited |= {
                version.goes_live_with
                for version in step.stored
                if version.goes_live_with and version.content_hash == step.document.content_hash
            }
        files = {key: file for key, name in batch.seen.items() if (file := pruning.origin(name))}
        await content.set_origins(self._desk, domain, files)

    async def remove(self, stored: Mapping[str, Sequence[StoredVersion]]) -> None:
        """Take these documents out."""
        changes = [change for versions in stored.values() for change in plan.removal(versions)]
        if changes:
            await content.change(self._desk, self._wish.domain, await self._begin(), changes)

    async def finish(self) -> None:
        """Let go live what is embedded already, and have the rest embedded."""
        domain = self._wish.domain
        versions = [step.revives for step in self._revived if step.revives]
        if not self._wish.draft:
            await going_live.go_live(self._desk, domain, [version.document_id for version in versions])
        lacking = await going_live.lacking(self._desk, domain, [version.id for version in versions])
        await embeddings.defer_embedding(self._desk, domain, [*self._embed, *lacking])

    async def _begin(self) -> int:
        if self.revision is None:
            self.revision = await content.new_revision(self._desk, self._wish.domain, self._wish.revision)
            self.awaited.add(self.revision)
        return self.revision

    async def _revive(self, steps: Sequence[Step], number: int) -> None:
        self._revived += steps
        versions = [(step.revives, step.document.details.effective_to) for step in steps if step.revives]
        if self._wish.draft:
            await content.redraft(self._desk, self._wish.domain, number, [version for version, _ in versions])
        else:
            await content.let_wait(self._desk, self._wish.domain, number, versions)
