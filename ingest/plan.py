"""What a document would change, decided before anything is written. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from app.db import succession
from app.db.succession import Overlap
from app.db.versions import Status, StatusChange, StoredVersion
from ingest.document import Document, Rejected

Outcome = Literal["added", "changed", "revived", "unchanged"]


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one document.

    `stored` are its versions, oldest first; `revives` is the one that comes back, None for a new one. `replaces` are
    versions that never were live and now never will be; `displaces` is what will happen to its live versions.
    """

    document: Document
    outcome: Outcome
    stored: tuple[StoredVersion, ...] = ()
    revives: StoredVersion | None = None
    replaces: tuple[StatusChange, ...] = ()
    displaces: tuple[StatusChange, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether it brings text that the database does not have."""
        return self.outcome in ("added", "changed")

    @property
    def warnings(self) -> list[str]:
        """The versions effective from a later day that it takes the place of: the older text would answer for them."""
        begins, ends = self.document.details.effective_from, self.document.details.effective_to
        known = {version.id: version for version in self.stored}
        gone = [known[one.version_id] for one in (*self.displaces, *self.replaces) if one.status_after != "live"]
        later = [
            (day, one.number) for one in gone if (day := one.effective_from) is not None and day > (begins or date.min)
        ]
        own = f"from {begins}" if begins else "for all days" if not ends else "from the beginning"
        own += f" until {ends}" if ends else " on, without an end" if begins else ""
        return [
            f"this text is effective {own}, so it ends version {number} of {self.document.key!r}, which is effective "
            f"from {day}; to keep that one, give this text effective_to: {min(later)[0]}"
            for day, number in sorted(later)
        ]


def judge(document: Document, stored: Sequence[StoredVersion], *, draft: bool = False) -> Step:
    """Compare a document with the versions stored under its key, oldest first.

    It is unchanged when a version with its content and its effective range is live, or will be when all that waits has
    become live; with `draft`, also when it is a draft. Content that is there and not live so (ended, withdrawn, or cut
    short by a later one) is made live again rather than stored twice.

    Raises:
        Rejected: it cannot become live beside the versions there are.
    """
    versions = tuple(stored)
    same = [version for version in versions if version.content_hash == document.content_hash]
    return _drafted(document, versions, same) if draft else _published(document, versions, same)


def removal(versions: Sequence[StoredVersion]) -> tuple[StatusChange, ...]:
    """What takes a document out: nothing of it is live, nor ever will be without another change."""
    return tuple(
        _taken_out(version, "withdrawn" if version.status == "live" else version.status)
        for version in versions
        if version.status in ("live", "draft") or version.goes_live_with is not None
    )


def _drafted(document: Document, versions: tuple[StoredVersion, ...], same: Sequence[StoredVersion]) -> Step:
    known = (version.status == "draft" or version.goes_live_with or _serves(version, document) for version in same)
    if any(known):
        return Step(document, "unchanged", versions)
    # An ended text stays what citations point at, so it is not made a draft again; one that nobody has seen is.
    unseen = [version for version in same if not version.was_live]
    drafts = [version for version in versions if version.status == "draft" and version.goes_live_with is None]
    return Step(
        document,
        _outcome(versions, unseen),
        versions,
        revives=unseen[-1] if unseen else None,
        replaces=_replaced(drafts, document),
    )


def _published(document: Document, versions: tuple[StoredVersion, ...], same: Sequence[StoredVersion]) -> Step:
    if any(version.goes_live_with for version in same):
        return Step(document, "unchanged", versions)
    details = document.details
    replaces = _replaced(succession.waiting(versions), document)
    gone = {change.version_id for change in replaces}
    try:
        line = succession.line_of([_without(version) if version.id in gone else version for version in versions])
        if not replaces and any(_serves(version, document) for version in line):
            return Step(document, "unchanged", versions)
        revives = _revived(same)
        others = [version for version in line if revives is None or version.id != revives.id]
        displaces = succession.displaced(others, details.effective_from, details.effective_to)
    except Overlap as error:
        raise _rejected(error, document) from None
    return Step(document, _outcome(versions, same), versions, revives, replaces, displaces)


def _outcome(versions: Sequence[StoredVersion], revived: Sequence[StoredVersion]) -> Outcome:
    return "revived" if revived else "changed" if versions else "added"


def _revived(same: Sequence[StoredVersion]) -> StoredVersion | None:
    """Of the versions with one content the draft, else the latest."""
    return max(same, key=lambda version: (version.status == "draft", version.number), default=None)


def _replaced(candidates: Sequence[StoredVersion], document: Document) -> tuple[StatusChange, ...]:
    begins, ends = document.details.effective_from, document.details.effective_to
    return tuple(_taken_out(one, one.status) for one in candidates if succession.covers(one, begins, ends))


def _taken_out(version: StoredVersion, status: Status) -> StatusChange:
    return succession.change(version, "withdrawn" if status == "draft" else status, until=version.effective_to)


def _without(version: StoredVersion) -> StoredVersion:
    return replace(version, status="withdrawn" if version.status == "draft" else version.status, goes_live_with=None)


def _serves(version: StoredVersion, document: Document) -> bool:
    details = document.details
    wanted = (document.content_hash, details.effective_from, details.effective_to)
    return version.status == "live" and (version.content_hash, version.effective_from, version.effective_to) == wanted


def _rejected(error: Overlap, document: Document) -> Rejected:
    version = error.version
    return Rejected(
        f"it is effective until {document.details.effective_to}, and the live version {version.number} of "
        f"{document.key!r} is from {version.effective_from} on: change effective_to, or withdraw that version"
    )
