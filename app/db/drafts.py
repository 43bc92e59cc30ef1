"""Drafts: which wait to be published, what has overtaken them, and what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from app.db import catalog, content, revisions, sql
from app.db.engine import Connection
from app.db.revisions import Drafted, Logged
from app.db.versions import StoredVersion


async def waiting(connection: Connection, revision: Logged) -> list[StoredVersion]:
    """The drafts that a revision brought and that still wait to be published."""
    touched = {one.version_id: one for one in await revisions.changes(connection, revision)}
    brought = {id_: one.document_id for id_, one in touched.items() if one.status_after == "draft"}
    stored = await content.versions(connection, revision.domain, document_ids=set(brought.values()))
    return [
        version
        for versions in stored.values()
        for version in versions
        if version.id in brought and version.status == "draft" and version.goes_live_with is None
    ]


async def latest(connection: Connection, domain: str | None) -> int | None:
    """The latest revision with a draft that waits to be published."""
    names: Sequence[str] = [domain] if domain else [one.name for one in await catalog.domains(connection)]
    found = [await connection.fetchval(_sql("latest", name)) for name in names]
    return max((number for number in found if number), default=None)


async def newer(connection: Connection, domain: str, draft_ids: Sequence[UUID]) -> dict[str, int]:
    """The documents of these drafts that have got another text since, by key, with the revision that brought it."""
    rows = await connection.fetch(_sql("newer", domain), draft_ids)
    return {row["key"]: row["revision"] for row in rows}


async def marked(connection: Connection, logged: Sequence[Logged]) -> list[Logged]:
    """The same revisions, with what became of the drafts of those that brought some. One query a domain."""
    numbers: dict[str, list[int]] = {}
    for one in logged:
        numbers.setdefault(one.domain, []).append(one.number)
    met: dict[int, dict[str, list[tuple[int, int]]]] = {}
    for domain, mine in numbers.items():
        for row in await connection.fetch(_sql("fates", domain), mine):
            met.setdefault(row["number"], {}).setdefault(row["fate"], []).append((row["drafts"], row["by"]))
    return [replace(one, drafted=_drafted(met[one.number])) if one.number in met else one for one in logged]


def _drafted(by_fate: Mapping[str, Sequence[tuple[int, int]]]) -> Drafted:
    published, replaced, withdrawn = (
        tuple(by for _, by in by_fate.get(fate, ())) for fate in ("published", "replaced", "withdrawn")
    )
    return Drafted(sum(count for count, _ in by_fate.get("waiting", ())), published, replaced, withdrawn)


def _sql(name: str, domain: str) -> str:
    return sql.load("drafts")[name].replace("{schema}", catalog.identifier(domain))
