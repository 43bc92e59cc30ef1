"""What a set of documents would change, decided before anything is written. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.db.versions import StatusChange, StoredVersion
from ingest.document import Document, Rejected, Rejection


@dataclass(frozen=True, slots=True)
class Step:
    """One document that will become live.

    `stored` are its versions, oldest first; `revives` is the one to make live again, None for a new version;
    `displaces` is what happens to its other live versions.
    """

    document: Document
    stored: tuple[StoredVersion, ...]
    revives: StoredVersion | None
    displaces: tuple[StatusChange, ...]


@dataclass(slots=True)
class Plan:
    """Every document is in exactly one of these."""

    added: list[Step] = field(default_factory=list)
    changed: list[Step] = field(default_factory=list)
    revived: list[Step] = field(default_factory=list)
    unchanged: list[Document] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)

    @property
    def new(self) -> list[Step]:
        """The steps that bring text the database does not have."""
        return [*self.added, *self.changed]


def plan(documents: Sequence[Document], stored: Mapping[str, Sequence[StoredVersion]]) -> Plan:
    """Compare documents with the versions stored under their keys, oldest first.

    A document is unchanged when a live version has its content and its effective range. Content that is there and not
    live so (ended, withdrawn, or cut short by a later one) is made live again rather than stored twice.
    """
    made = Plan()
    for document in documents:
        versions = tuple(stored.get(document.key, ()))
        same = [version for version in versions if version.content_hash == document.content_hash]
        if any(_serves(version, document) for version in same):
            made.unchanged.append(document)
            continue
        revives = same[-1] if same else None
        try:
            step = Step(document, versions, revives, _displaced(document, versions, revives))
        except Rejected as error:
            made.rejected.append(Rejection(document.source, str(error)))
            continue
        (made.revived if revives else made.changed if versions else made.added).append(step)
    return made


def _serves(version: StoredVersion, document: Document) -> bool:
    details = document.details
    wanted = (details.effective_from, details.effective_to)
    return version.status == "live" and (version.effective_from, version.effective_to) == wanted


def _displaced(
    document: Document, versions: Sequence[StoredVersion], revives: StoredVersion | None
) -> tuple[StatusChange, ...]:
    begins, ends = document.details.effective_from, document.details.effective_to
    others = [version for version in versions if version.status == "live" and version != revives]
    changes = (_displace(version, begins, ends, document.key) for version in others)
    return tuple(change for change in changes if change is not None)


def _displace(version: StoredVersion, begins: date | None, ends: date | None, key: str) -> StatusChange | None:
    """What becomes of a live version when another is effective from `begins` to `ends`.

    Raises:
        Rejected: the ranges overlap so that neither follows the other.
    """
    first, last = version.effective_from or date.min, version.effective_to or date.max
    if last <= (begins or date.min) or (ends or date.max) <= first:
        return None
    if (begins or date.min) <= first and last <= (ends or date.max):
        return _change(version, ended=True, until=version.effective_to)
    if begins is not None and first < begins:
        return _change(version, ended=False, until=begins)
    raise Rejected(
        f"it is effective until {ends}, and the live version {version.number} of {key!r} is from "
        f"{version.effective_from} on: change effective_to, or withdraw that version"
    )


def _change(version: StoredVersion, *, ended: bool, until: date | None) -> StatusChange:
    return StatusChange(
        version_id=version.id,
        document_id=version.document_id,
        status_before=version.status,
        status_after="ended" if ended else version.status,
        effective_to_before=version.effective_to,
        effective_to_after=until,
    )
