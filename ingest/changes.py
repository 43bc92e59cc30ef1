"""Content changes that bring no new text: publish, withdraw, undo. Each is a revision of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from app.amounts import amount
from app.db import content, drafts, embeddings, going_live, revisions, succession
from app.db.content import Revision
from app.db.engine import Connection
from app.db.going_live import Refused
from app.db.revisions import Logged, NotUndoable
from app.db.succession import Overlap
from app.db.versions import StatusChange, StoredVersion
from app.errors import ConfigurationError
from ingest import following, plan
from ingest.following import Awaited
from ingest.report import Report
from ingest.survey import Models

Confirm = Callable[[str], None]
# A question is read at once.
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Changed:
    """A revision that was made, and the keys of the documents that it touched. `trouble` says why it is not live.

    `newer` are those of the documents that had got a newer text than the one published, by the revision it came with.
    """

    number: int
    domain: str
    keys: tuple[str, ...]
    undoes: int | None = None
    trouble: str = ""
    newer: Mapping[str, int] = field(default_factory=dict)


async def publish(
    dsn: str,
    number: int | None,
    domain: str | None,
    revision: Revision,
    models: Models,
    report: Report,
    confirm: Confirm,
) -> Changed:
    """Make the drafts live that a revision brought, the latest one with drafts where `number` is None.

    Without a message the revision gets that of the drafts. Asks where a document has got a newer text since.

    Raises:
        NotUndoable: there is no such revision.
        ConfigurationError: it has no drafts, they cannot be live beside what is, or nothing here can embed them.
    """
    async with content.open_desk(dsn) as desk:
        drafted, newer = await _drafted(desk, number, domain, models)
        if newer:
            confirm(f"{_first(said_newer(newer))}. Publish revision {drafted.number} all the same?")
        async with content.changing(desk, drafted.domain):
            versions = await _waiting(desk, drafted)
            if await drafts.newer(desk, drafted.domain, [one.id for one in versions]) != newer:
                raise ConfigurationError(f"{drafted.domain} has changed meanwhile: publish {drafted.number} again")
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
        trouble = trouble or _refusals(await going_live.refused(desk, drafted.domain, [made]))
    return Changed(made, drafted.domain, tuple(stored), trouble=trouble, newer=newer)


def said_newer(newer: Mapping[str, int]) -> list[str]:
    """A line for each document that has got a newer text since its draft was made; see Changed."""
    return [f"{key!r} was changed by revision {number} since this draft was made" for key, number in newer.items()]


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
        ConfigurationError: its embeddings are gone, and nothing here can make them again.
    """
    async with content.open_desk(dsn) as desk:
        target = await revisions.to_undo(desk, number, domain)
        what = f"{target.kind} of {amount(target.documents, 'document')} in {target.domain}"
        confirm(f"Undo revision {target.number} ({what}: {target.message})?")
        if trouble := await _embed_again(dsn, desk, target, models, report):
            raise NotUndoable(f"revision {target.number} is not undone: {trouble}")
        async with content.changing(desk, target.domain):
            target = await revisions.to_undo(desk, target.number, target.domain)
            made = await content.new_revision(desk, target.domain, _about(revision, target), undoes=target.number)
            changes = await revisions.reversal(desk, target, made)
            await content.change(desk, target.domain, made, changes)
            await _check_whole(desk, target, changes)
            gone = await going_live.go_live(desk, target.domain, {one.document_id for one in changes})
            waiting = [one.version_id for one in changes if one.goes_live_after is not None]
            lacking = [version for version in waiting if version not in gone.version_ids]
            await embeddings.defer_embedding(desk, target.domain, lacking)
        keys = dict.fromkeys(one.key for one in await revisions.changes(desk, target))
        trouble = _refusals(await going_live.refused(desk, target.domain, [made]))
    return Changed(made, target.domain, tuple(keys), undoes=target.number, trouble=trouble)


def _first(lines: Sequence[str]) -> str:
    more = [f"and {len(lines) - _MOST_NAMED} more"] if len(lines) > _MOST_NAMED else []
    return "; ".join([*lines[:_MOST_NAMED], *more])


async def _drafted(
    desk: Connection, number: int | None, domain: str | None, models: Models
) -> tuple[Logged, dict[str, int]]:
    """The revision whose drafts are meant, and what has become newer than they are."""
    if domain is not None:
        await content.namespace(desk, domain)
    if number is None:
        number = await drafts.latest(desk, domain)
    if number is None:
        raise ConfigurationError("there are no drafts to publish; `prashna ingest apply --draft` makes one")
    drafted = await revisions.get(desk, number)
    _check_domain(drafted, domain)
    ids = [one.id for one in await _waiting(desk, drafted)]
    await _to_embed(desk, drafted.domain, ids, models)
    return drafted, await drafts.newer(desk, drafted.domain, ids)


async def _waiting(desk: Connection, drafted: Logged) -> list[StoredVersion]:
    versions = await drafts.waiting(desk, drafted)
    if not versions:
        raise ConfigurationError(f"revision {drafted.number} has no drafts that wait to be published")
    return versions


async def _embed_again(dsn: str, desk: Connection, target: Logged, models: Models, report: Report) -> str:
    """Bring back the embeddings that an undo needs and that are gone; why it could not be done, or ""."""
    back = [one.version_id for one in await revisions.changes(desk, target) if one.status_before == "live"]
    lacking = await _to_embed(desk, target.domain, back, models)
    if not lacking:
        return ""
    report.say(f"taken out more than 30 days ago, embedding again: {amount(len(lacking), 'text')}")
    async with desk.transaction():
        await embeddings.keep(desk, target.domain, lacking)
        await embeddings.defer_embedding(desk, target.domain, lacking)
    return await following.follow(dsn, desk, Awaited(target.domain, version_ids=lacking), models, report)


async def _to_embed(desk: Connection, domain: str, version_ids: Sequence[UUID], models: Models) -> list[UUID]:
    # Refused before anything is written where neither a bulk worker nor this process can do it.
    lacking = list(await going_live.lacking(desk, domain, version_ids))
    if lacking:
        await following.check_embedder(desk, await content.namespace(desk, domain), models)
    return lacking


async def _check_whole(desk: Connection, target: Logged, changes: Sequence[StatusChange]) -> None:
    # Once the rows are ours: until then old embeddings were dropped, and other namespaces came to serve.
    back = [one.version_id for one in changes if one.status_after == "live" and one.status_before != "live"]
    if await going_live.lacking(desk, target.domain, back):
        raise NotUndoable(f"revision {target.number} is not undone: its embeddings have just been dropped; try again")


def _refusals(refused: Sequence[Refused]) -> str:
    # Which versions could not become live beside the others, and why.
    return "; ".join(f"version {one.number} of {one.key!r}: {one.reason}" for one in refused)


def _about(revision: Revision, other: Logged) -> Revision:
    """The same with a message, where none was given: what it is done to, and why that was made."""
    return replace(revision, message=revision.message or f"{revision.kind} {other.number}: {other.message}")


def _check_domain(revision: Logged, domain: str | None) -> None:
    if domain is not None and revision.domain != domain:
        raise ConfigurationError(f"revision {revision.number} is one of {revision.domain}, not of {domain}")


def _check_line(key: str, known: Sequence[StoredVersion], published: set[object]) -> None:
    try:
        line = succession.line_of(known)
    except Overlap as error:
        raise ConfigurationError(
            f"of {key!r} a version waits to become live that cannot: {error}; withdraw it, or wait until it is settled"
        ) from None
    for draft in (version for version in known if version.id in published):
        try:
            succession.displaced(line, draft.effective_from, draft.effective_to)
        except Overlap as error:
            raise ConfigurationError(
                f"{key!r} is effective until {draft.effective_to}, and {error}: withdraw that version first"
            ) from None
