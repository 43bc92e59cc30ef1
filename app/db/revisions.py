"""The content changes of a domain, and which of them can be taken back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.db import catalog, content, sql
from app.db.content import Kind
from app.db.engine import Connection
from app.db.versions import Status, StatusChange, StoredVersion
from app.errors import PrashnaError


class NotUndoable(PrashnaError):
    """There is nothing to undo."""

    code = "not_undoable"


@dataclass(frozen=True, slots=True)
class Drafted:
    """The drafts that a revision brought: how many still wait to be published, and which revisions met the others."""

    waiting: int
    published_by: tuple[int, ...] = ()
    replaced_by: tuple[int, ...] = ()
    withdrawn_by: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Logged:
    """A revision. `undone_by` is the undo that took it back, `undoes` what it takes back itself.

    `documents` counts those that it touched. `drafted` tells of the drafts that it brought, where that was asked for.
    """

    number: int
    domain: str
    kind: Kind
    undoes: int | None
    undone_by: int | None
    message: str
    author: str
    created_at: datetime
    documents: int
    drafted: Drafted | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision did to one version of a document."""

    key: str
    title: str
    number: int
    version_id: UUID
    document_id: UUID
    status_before: Status | None
    status_after: Status
    effective_to_before: date | None
    effective_to_after: date | None
    goes_live_before: int | None


@dataclass(frozen=True, slots=True)
class LiveText:
    """A version that students read."""

    number: int
    version_id: UUID


async def log(connection: Connection, domain: str | None = None, *, limit: int | None = None) -> list[Logged]:
    """The revisions of a domain, or of all, newest first."""
    rows = await connection.fetch(sql.load("revisions")["log"], domain, limit)
    return [Logged(**dict(row)) for row in rows]


async def get(connection: Connection, number: int) -> Logged:
    """One revision.

    Raises:
        NotUndoable: there is none with this number.
    """
    # Beyond a bigint is no number of ours either, and the driver would not take it.
    rows = await connection.fetch(sql.load("revisions")["one"], number) if abs(number) < 1 << 63 else []
    if not rows:
        raise NotUndoable(f"there is no revision {number}; `prashna ingest log` lists them")
    return Logged(**dict(rows[0]))


async def changes(connection: Connection, revision: Logged) -> list[Change]:
    """What it did, by document and version."""
    rows = await connection.fetch(_sql("changes", revision.domain), revision.number)
    return [Change(**dict(row)) for row in rows]


async def live_text(
    connection: Connection, revision: Logged, document_id: UUID, *, before: bool = False
) -> LiveText | None:
    """The latest version of a document that was live after the revision, or right before it; None without one."""
    number = revision.number - 1 if before else revision.number
    rows = await connection.fetch(_sql("live_text", revision.domain), document_id, number)
    return LiveText(**dict(rows[0])) if rows else None


async def to_undo(connection: Connection, number: int | None, domain: str | None) -> Logged:
    """The revision whose reversal undoes `number`, or the latest one in effect: itself, or what last brought it back.

    Raises:
        NotUndoable: there is none, it is undone already, or later ones that touch the same documents are in effect;
            names them.
    """
    known = {one.number: one for one in await log(connection, domain)}
    if number is None:
        latest = next((one for one in known.values() if one.kind != "undo" and in_effect(one.number, known)), None)
        if latest is None:
            raise NotUndoable(f"there is nothing to undo{f' in {domain}' if domain else ''}")
        number = latest.number
    if number not in known:
        raise NotUndoable(f"there is no revision {number}{f' of {domain}' if domain else ''}: `prashna ingest log`")
    last = _chain(number, known)[-1]
    if not in_effect(number, known):
        raise NotUndoable(f"revision {number} has been undone by {last} already; to bring it back: undo {last}")
    later = await connection.fetch(sql.load("revisions")["later"], last)
    if blocking := _in_the_way({row["revision_id"] for row in later}, last, known):
        names = ", ".join(map(str, blocking))
        raise NotUndoable(f"later revisions touch the same documents: undo {names} first")
    return known[last]


async def reversal(connection: Connection, revision: Logged, undo: int) -> list[StatusChange]:
    """What takes every version that the revision touched back to what it was before it. `undo` is the new revision."""
    touched = await changes(connection, revision)
    stored = await content.versions(connection, revision.domain, document_ids={one.document_id for one in touched})
    now = {version.id: version for versions in stored.values() for version in versions}
    return [_reversed(one, now[one.version_id], revision, undo) for one in touched]


def in_effect(number: int, known: Mapping[int, Logged]) -> bool:
    """Whether what the revision did holds: it is not undone, or its undo is undone."""
    return len(_chain(number, known)) % 2 == 1


def _chain(number: int, known: Mapping[int, Logged]) -> list[int]:
    """The revision, its undo, that one's undo, and so on."""
    chain = [number]
    while (after := known[chain[-1]].undone_by) is not None:
        chain.append(after)
    return chain


def _in_the_way(later: Collection[int], last: int, known: Mapping[int, Logged]) -> list[int]:
    """Those of the later revisions whose effect is not gone again, as that of one with its undo is."""
    roots = {number: _root(number, known) for number in later}
    found = []
    for root in set(roots.values()):
        since = [number for number in _chain(root, known) if number > last]
        if len(since) % 2 == 1 and root != _root(last, known):
            found.append(since[-1])
    return sorted(found, reverse=True)


def _root(number: int, known: Mapping[int, Logged]) -> int:
    while (before := known[number].undoes) is not None:
        number = before
    return number


def _reversed(touched: Change, now: StoredVersion, revision: Logged, undo: int) -> StatusChange:
    # What a revision brought stays as a text that is not live; drafts that it brought are no drafts any more.
    status: Status = touched.status_before or "withdrawn"
    waits = touched.goes_live_before
    return StatusChange(
        version_id=now.id,
        document_id=now.document_id,
        status_before=now.status,
        status_after=status,
        effective_to_before=now.effective_to,
        effective_to_after=touched.effective_to_before if touched.status_before else now.effective_to,
        goes_live_before=now.goes_live_with,
        # What it took back waits again; with this undo, where it is an undo that is undone.
        goes_live_after=undo if waits is not None and waits == revision.undoes else waits,
    )


def _sql(name: str, domain: str) -> str:
    return sql.load("revisions")[name].replace("{schema}", catalog.identifier(domain))
