"""What there is, what was changed, and what is different: read-only answers of the content desk."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from app.db import bulk, catalog, content, documents, drafts, revisions, standing
from app.db.documents import Listed, Passage
from app.db.engine import Connection
from app.db.revisions import Change, LiveText, Logged, NotUndoable
from app.db.standing import Standing
from app.errors import ConfigurationError
from ingest.comparing import Difference, differences


@dataclass(frozen=True, slots=True)
class Shown:
    """A version with its passages."""

    version: Listed
    passages: list[Passage]


@dataclass(frozen=True, slots=True)
class Compared:
    """A document before and after: the numbers of its versions, None for none, and what their texts differ in."""

    key: str
    before: int | None
    after: int | None
    differences: list[Difference]


async def standings(desk: Connection, domain: str | None) -> tuple[list[Standing], int]:
    """How each domain stands, and how many bulk workers are alive."""
    found = [await standing.of(desk, name) for name in await _domains(desk, domain)]
    return found, await bulk.live_workers(desk)


async def listed(desk: Connection, domain: str | None, *, everything: bool) -> dict[str, list[Listed]]:
    """Every version that is live, will be or is a draft, by domain; with `everything` the old ones too."""
    return {name: await documents.listed(desk, name, everything=everything) for name in await _domains(desk, domain)}


async def logged(desk: Connection, domain: str | None, limit: int) -> list[Logged]:
    """The newest revisions, with what became of their drafts."""
    if domain is not None:
        await content.namespace(desk, domain)
    return await drafts.marked(desk, await revisions.log(desk, domain, limit=limit))


async def shown(desk: Connection, domain: str, key: str, number: int | None) -> Shown:
    """A version of a document, the live one without a number, or the newest when none is.

    Raises:
        ConfigurationError: there is no such domain, document or version.
    """
    await content.namespace(desk, domain)
    known = await documents.listed(desk, domain, keys=[key], everything=True)
    if number is not None:
        known = [one for one in known if one.number == number]
    if not known:
        which = f"version {number} of {key!r}" if number is not None else f"document {key!r}"
        raise ConfigurationError(f"there is no {which} in {domain}; `prashna ingest list --domain {domain}`")
    version = max(known, key=lambda one: (one.status == "live", one.number))
    return Shown(version, await documents.passages(desk, domain, version.version_id))


async def compared(desk: Connection, number: int | None, domain: str | None) -> tuple[Logged, list[Compared]]:
    """What a revision, or the latest one, has changed of each document's text.

    Raises:
        ConfigurationError: there is no revision yet.
        NotUndoable: there is none of that number.
    """
    if number is None:
        latest = await logged(desk, domain, 1)
        if not latest:
            raise ConfigurationError("there is no revision yet")
        number = latest[0].number
    [revision] = await drafts.marked(desk, [await revisions.get(desk, number)])
    if domain is not None and revision.domain != domain:
        raise NotUndoable(f"there is no revision {number} of {domain}: it is of {revision.domain}")
    by_key: dict[str, list[Change]] = {}
    for change in await revisions.changes(desk, revision):
        by_key.setdefault(change.key, []).append(change)
    return revision, [await _compared(desk, revision, changes) for changes in by_key.values()]


async def _compared(desk: Connection, revision: Logged, changes: Sequence[Change]) -> Compared:
    moved = [one for one in changes if one.status_before != one.status_after]
    # What students read counts, drafts where nothing of that moves.
    kind = "live" if any("live" in (one.status_before, one.status_after) for one in moved) else "draft"
    before: Change | LiveText | None = next((one for one in reversed(moved) if one.status_before == kind), None)
    after: Change | LiveText | None = next((one for one in reversed(moved) if one.status_after == kind), None)
    if after and (before is None or kind == "draft"):
        # A draft ends nothing but another draft, a text that is effective on other days nothing at all.
        before = await revisions.live_text(desk, revision, changes[0].document_id, before=True) or before
    if after is None and kind == "live":
        after = await revisions.live_text(desk, revision, changes[0].document_id)
    texts = [await documents.passages(desk, revision.domain, one.version_id) if one else [] for one in (before, after)]
    return Compared(
        changes[0].key, before.number if before else None, after.number if after else None, differences(*texts)
    )


async def _domains(desk: Connection, domain: str | None) -> list[str]:
    if domain is not None:
        await content.namespace(desk, domain)
        return [domain]
    return [one.name for one in await catalog.domains(desk)]


def plain(value: object) -> object:
    """A value of ours for JSON."""
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)  # type: ignore[call-overload]
    return str(value)
