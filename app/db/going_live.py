"""Versions that waited for their embeddings become live, each in place of those that it follows."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from app.db import catalog, content, embeddings, notices, sql, succession
from app.db.catalog import NamespaceStatus
from app.db.engine import Connection
from app.db.succession import Overlap
from app.db.versions import StatusChange, StoredVersion
from app.telemetry import get_logger

Key = TypeVar("Key")

# The job fills a retiring namespace first, so that a text is found after a rollback as well; but one whose provider has
# gone, the usual reason to leave it, must not keep every new text from the students.
SERVING: tuple[NamespaceStatus, ...] = ("active",)
# In ops.notices and in the log.
_REFUSED = "version.refused"

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refused:
    """A version that could not become live beside the ones that were, and stays as it was."""

    key: str
    number: int
    revision: int
    reason: str


@dataclass(slots=True)
class GoneLive:
    """What has become live, what could not for good (and stays a draft), and whether the domain waits for nothing."""

    version_ids: list[UUID] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)
    settled: bool = False


async def go_live(connection: Connection, domain: str, document_ids: Iterable[UUID]) -> GoneLive:
    """Let what waits in these documents become live, as far as its embeddings are complete, in the order of asking.

    In the caller's transaction, which is one of `content.changing`. Each change is noted under the revision that asked.
    """
    gone = GoneLive()
    stored = await content.versions(connection, domain, document_ids=document_ids)
    coming = [version.id for versions in stored.values() for version in succession.waiting(versions)]
    incomplete = await lacking(connection, domain, coming)
    noted: list[tuple[int, StatusChange]] = []
    for key, versions in stored.items():
        noted += _succeed(versions, incomplete, gone)
        await _tell_refused(connection, domain, key, versions, gone)
    await content.set_status(connection, domain, list(_merged((one.version_id, one) for _, one in noted).values()))
    notes = _merged(((revision, one.version_id), one) for revision, one in noted)
    await content.record(connection, [(revision, one) for (revision, _), one in notes.items()])
    gone.settled = not await connection.fetchval(_sql("anything_waits", domain))
    return gone


async def refused(connection: Connection, domain: str, revisions: Collection[int] | None = None) -> list[Refused]:
    """What could not become live, with one of these revisions or at all, and has stayed as it was since."""
    rows = await connection.fetch(_sql("refused", domain), _REFUSED, None if revisions is None else list(revisions))
    return [Refused(**dict(row)) for row in rows]


async def overtaken(connection: Connection, domain: str, revisions: Collection[int]) -> list[Refused]:
    """What these revisions brought and a later one took out before it was embedded: it was never live."""
    rows = await connection.fetch(_sql("overtaken", domain), list(revisions))
    return [Refused(**dict(row)) for row in rows]


async def waits(connection: Connection, domain: str, revisions: Collection[int]) -> bool:
    """Whether a version still waits to become live with one of these revisions."""
    return bool(await connection.fetchval(_sql("waits", domain), list(revisions)))


async def waiting_documents(connection: Connection, domain: str, version_ids: Sequence[UUID]) -> list[UUID]:
    """The documents of these versions in which something waits to become live."""
    rows = await connection.fetch(_sql("waiting_documents", domain), list(version_ids))
    return [row["document_id"] for row in rows]


async def lacking(connection: Connection, domain: str, version_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the versions that the namespace which serves does not have whole."""
    found: set[UUID] = set()
    for space in await catalog.live_namespaces(connection, domain, SERVING):
        found |= await embeddings.incomplete(connection, space, version_ids)
    return found


async def _tell_refused(
    connection: Connection, domain: str, key: str, versions: Sequence[StoredVersion], gone: GoneLive
) -> None:
    for one in versions:
        if reason := gone.refused.get(one.id):
            details = {"version": str(one.id), "revision": one.goes_live_with, "reason": reason}
            message = f"version {one.number} of {key!r} is not live: {reason}"
            await notices.add(connection, event=_REFUSED, domain=domain, message=message, details=details)
            log.warning(_REFUSED, domain=domain, **details)


def _succeed(
    versions: Sequence[StoredVersion], lacking: set[UUID], gone: GoneLive
) -> Iterator[tuple[int, StatusChange]]:
    """What the versions of one document that wait for nothing more do, one after the other, under their revisions."""
    now = {version.id: version for version in versions}
    for coming in succession.waiting(versions):
        revision = coming.goes_live_with or 0
        if coming.id in lacking:
            # Those asked for later follow it, so they wait too.
            return
        try:
            yield from ((revision, one) for one in succession.succeed(now, coming.id))
            gone.version_ids.append(coming.id)
        except Overlap as error:
            gone.refused[coming.id] = str(error)
            refused = now[coming.id]
            yield revision, succession.change(refused, refused.status, until=refused.effective_to)


def _merged(changes: Iterable[tuple[Key, StatusChange]]) -> dict[Key, StatusChange]:
    """One change for each key, from what its version was first to what it is last."""
    merged: dict[Key, StatusChange] = {}
    for key, one in changes:
        first = merged.get(key, one)
        merged[key] = replace(one, status_before=first.status_before, effective_to_before=first.effective_to_before)
    return merged


def _sql(name: str, domain: str) -> str:
    return sql.load("going_live")[name].replace("{schema}", catalog.identifier(domain))
