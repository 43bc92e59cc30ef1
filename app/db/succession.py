"""Which version of a document follows which: what becomes of the live ones when another becomes live. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from app.db.versions import Status, StatusChange, StoredVersion
from app.errors import PrashnaError


class Overlap(PrashnaError):
    """Two texts of one document are effective on the same days, and neither follows the other."""

    code = "overlap"

    def __init__(self, version: StoredVersion) -> None:
        super().__init__(
            f"the live version {version.number} is effective from {version.effective_from} to {version.effective_to}"
        )
        self.version = version


def covers(version: StoredVersion, begins: date | None, ends: date | None) -> bool:
    """Whether all days of `version` lie between `begins` and `ends`."""
    last = version.effective_to if version.goes_live_with is None else version.goes_live_to
    return (begins or date.min) <= (version.effective_from or date.min) and (last or date.max) <= (ends or date.max)


def displaced(live: Iterable[StoredVersion], begins: date | None, ends: date | None) -> tuple[StatusChange, ...]:
    """What becomes of a document's live versions when another one is effective from `begins` to `ends`.

    One that it covers ends; one that began earlier stays, and is effective until the new one begins.

    Raises:
        Overlap: the ranges overlap so that neither follows the other.
    """
    changes = (_displace(version, begins, ends) for version in live)
    return tuple(one for one in changes if one is not None)


def line_of(versions: Sequence[StoredVersion]) -> list[StoredVersion]:
    """The versions that will be live when all that wait have become live, one after the other as they were asked for.

    Raises:
        Overlap: two of them cannot.
    """
    now = {version.id: version for version in versions}
    for coming in waiting(versions):
        succeed(now, coming.id)
    return [version for version in now.values() if version.status == "live"]


def succeed(now: dict[UUID, StoredVersion], coming_id: UUID) -> list[StatusChange]:
    """Let one version of a document become live among `now`, all of its versions; the changes, which `now` then shows.

    Raises:
        Overlap: it cannot; nothing has changed.
    """
    coming = now[coming_id]
    live = [version for version in now.values() if version.status == "live" and version.id != coming_id]
    changes = [
        *displaced(live, coming.effective_from, coming.goes_live_to),
        change(coming, "live", until=coming.goes_live_to),
    ]
    for one in changes:
        now[one.version_id] = replace(
            now[one.version_id],
            status=one.status_after,
            effective_to=one.effective_to_after,
            goes_live_with=one.goes_live_after,
        )
    return changes


def waiting(versions: Iterable[StoredVersion]) -> list[StoredVersion]:
    """Those that wait to become live, in the order in which they will."""
    found = [version for version in versions if version.goes_live_with is not None]
    return sorted(found, key=lambda version: (version.goes_live_with or 0, version.number))


def change(
    version: StoredVersion, status: Status, *, until: date | None, goes_live_with: int | None = None
) -> StatusChange:
    """The change that gives the version this status, effective until that day; see StoredVersion."""
    return StatusChange(
        version_id=version.id,
        document_id=version.document_id,
        status_before=version.status,
        status_after=status,
        effective_to_before=version.effective_to,
        effective_to_after=until,
        goes_live_before=version.goes_live_with,
        goes_live_after=goes_live_with,
    )


def _displace(version: StoredVersion, begins: date | None, ends: date | None) -> StatusChange | None:
    first, last = version.effective_from or date.min, version.effective_to or date.max
    if last <= (begins or date.min) or (ends or date.max) <= first:
        return None
    if (begins or date.min) <= first and last <= (ends or date.max):
        return change(version, "ended", until=version.effective_to, goes_live_with=version.goes_live_with)
    if begins is not None and first < begins:
        return change(version, "live", until=begins, goes_live_with=version.goes_live_with)
    raise Overlap(version)
