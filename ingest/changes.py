"""Content changes that bring no new text: publish, withdraw, undo. Each is a revision of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.db import content, embeddings, going_live, revisions, succession
from app.db.content import Revision
from app.db.engine import Connection
from app.db.revisions import Logged, NotUndoable
from app.db.succession import Overlap
from app.db.versions import StoredVersion
from app.errors import ConfigurationError
from ingest import following, plan
from ingest.following import Awaited
from ingest.report import Report
from ingest.survey import Models

Confirm = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Changed:
    """A revision that was made, and the keys of the documents that it touched. `trouble` says why it is not live."""

    number: int
    domain: str
    keys: tuple[str, ...]
    undoes: int | None = None
    trouble: str = ""


async def publish(
    dsn: str, number: int | None, domain: str | None, revision: Revision, models: Models, report: Report
) -> Changed:
    """Make the drafts live that a revision brought, the latest one with drafts where `number` is None.

    Without a message the revision gets that of the drafts.

    Raises:
        NotUndoable: there is no such revision.
        ConfigurationError: it has no drafts, or they cannot be live beside what is.
    """
    async with content.open_desk(dsn) as desk:
        number = number or await revisions.latest_draft(desk, domain)
        if number is None:
            raise ConfigurationError("there are no drafts to publish; `prashna ingest apply --draft` makes one")
        drafted = await revisions.get(desk, number)
        _check_domain(drafted, domain)
        async with content.changing(desk, drafted.domain):
            versions = await revisions.drafts(desk, drafted)
            if not versions:
                raise ConfigurationError(f"revision {number} has no drafts that wait to be published")
            stored = await content.versions(desk, drafted.domain, document_ids={one.document_id for one in versions})
            for key, known in stored.items():
                _check_line(key, known, {one.id for one in versions})
            made = await content.new_revision(desk, drafted.domain, _about(revision, drafted))
            await content.let_wait(desk, drafted.domain, made, [(one, one.effective_to) for one in versions])
            await going_live.go_live(desk, drafted.domain, {one.document_id for one in versions})
            lacking = await going_live.lacking(desk, drafted.domain, [one.id for one in versions])
            await embeddings.defer_embedding(desk, drafted.domain, list(lacking))
        awaited = Awaited(drafted.domain, [made])
        trouble = ""
        if await following.anything_left(desk, awaited):
            trouble = await following.follow(dsn, desk, awaited, models, report)
    return Changed(made, drafted.domain, tuple(stored), trouble=trouble)


async def withdraw(dsn: str, domain: str, keys: Sequence[str], revision: Revision) -> Changed:
    """Take documents out at once, with all that waits or is a draft of them.

    Raises:
        ConfigurationError: there is no such domain or document, or nothing of one is live; names them.
    """
    async with content.open_desk(dsn) as desk:
        await content.namespace(desk, domain)
        async with content.changing(desk, domain):
            stored = await content.versions(desk, domain, keys)
            out = {key: plan.removal(stored.get(key, ())) for key in keys}
            if missing := [repr(key) for key, changes in out.items() if not changes]:
                raise ConfigurationError(f"nothing of {', '.join(missing)} is live or a draft in {domain}")
            made = await content.new_revision(desk, domain, revision)
            await content.change(desk, domain, made, [one for changes in out.values() for one in changes])
    return Changed(made, domain, tuple(out))


async def undo(
    dsn: str,
    number: int | None,
    domain: str | None,
    revision: Revision,
    models: Models,
    report: Report,
    confirm: Confirm,
) -> Changed:
    """Restore what was live before a revision, the latest in effect where `number` is None.

    Without a message it gets that of what is undone. Nothing is embedded again, unless the embeddings are gone, 30
    days after the texts were taken out.

    Raises:
        NotUndoable: there is no such revision, it is undone, or later ones touch the same documents; names them.
    """
    async with content.open_desk(dsn) as desk:
        target = await revisions.to_undo(desk, number, domain)
        what = f"{target.kind} of {target.documents} documents in {target.domain}"
        confirm(f"Undo revision {target.number} ({what}: {target.message})?")
        if trouble := await _embed_again(dsn, desk, target, models, report):
            raise NotUndoable(f"revision {target.number} is not undone: {trouble}")
        async with content.changing(desk, target.domain):
            target = await revisions.to_undo(desk, target.number, target.domain)
            made = await content.new_revision(desk, target.domain, _about(revision, target), undoes=target.number)
            changes = await revisions.reversal(desk, target, made)
            await content.change(desk, target.domain, made, changes)
            gone = await going_live.go_live(desk, target.domain, {one.document_id for one in changes})
            waiting = [one.version_id for one in changes if one.goes_live_after is not None]
            lacking = [version for version in waiting if version not in gone.version_ids]
            await embeddings.defer_embedding(desk, target.domain, lacking)
        keys = dict.fromkeys(one.key for one in await revisions.changes(desk, target))
    return Changed(made, target.domain, tuple(keys), undoes=target.number)


async def _embed_again(dsn: str, desk: Connection, target: Logged, models: Models, report: Report) -> str:
    """Bring back the embeddings that an undo needs and that are gone; why it could not be done, or ""."""
    back = [one.version_id for one in await revisions.changes(desk, target) if one.status_before == "live"]
    lacking = list(await going_live.lacking(desk, target.domain, back))
    if not lacking:
        return ""
    report.say(f"{len(lacking)} texts were taken out more than 30 days ago; embedding them again")
    async with desk.transaction():
        await embeddings.keep(desk, target.domain, lacking)
        await embeddings.defer_embedding(desk, target.domain, lacking)
    return await following.follow(dsn, desk, Awaited(target.domain, version_ids=lacking), models, report)


def _about(revision: Revision, other: Logged) -> Revision:
    """The same with a message, where none was given: what it is done to, and why that was made."""
    return replace(revision, message=revision.message or f"{revision.kind} {other.number}: {other.message}")


def _check_domain(revision: Logged, domain: str | None) -> None:
    if domain is not None and revision.domain != domain:
        raise ConfigurationError(f"revision {revision.number} is one of {revision.domain}, not of {domain}")


def _check_line(key: str, known: Sequence[StoredVersion], published: set[object]) -> None:
    line = succession.line_of(known)
    for draft in (version for version in known if version.id in published):
        try:
            succession.displaced(line, draft.effective_from, draft.effective_to)
        except Overlap as error:
            raise ConfigurationError(
                f"{key!r} is effective until {draft.effective_to}, and {error}: withdraw that version first"
            ) from None
