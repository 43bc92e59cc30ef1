"""What a domain shows at one moment: what is live, with its embeddings, and what will be when all is embedded."""

from dataclasses import dataclass
from uuid import UUID

from app.db import catalog, content, embeddings, going_live, search, succession
from app.db.engine import Connection

Live = tuple[UUID, str, str, str]


@dataclass(frozen=True)
class Picture:
    """`live` are version id, content hash and effective range of each live version by key; `vectors` the digests of
    their embeddings in each namespace that serves; `to_come` the contents and ranges that will be live by key;
    `settled` says that nothing waits."""

    live: dict[str, frozenset[Live]]
    vectors: frozenset[tuple[str, UUID, str]]
    to_come: dict[str, frozenset[tuple[str, str, str]]]
    settled: bool


async def take(desk: Connection, domain: str) -> Picture:
    """The picture of this moment."""
    ids = [row["id"] for row in await desk.fetch(f"SELECT id FROM {domain}.documents")]
    stored = await content.versions(desk, domain, document_ids=ids)
    live = {
        key: frozenset(
            (one.id, one.content_hash, str(one.effective_from), str(one.effective_to))
            for one in versions
            if one.status == "live"
        )
        for key, versions in stored.items()
    }
    to_come = {
        key: frozenset(
            (one.content_hash, str(one.effective_from), str(one.effective_to)) for one in succession.line_of(versions)
        )
        for key, versions in stored.items()
    }
    waits = any(one.goes_live_with is not None for versions in stored.values() for one in versions)
    return Picture(
        {key: found for key, found in live.items() if found},
        await _vectors(desk, domain),
        {key: found for key, found in to_come.items() if found},
        settled=not waits,
    )


async def lacking(desk: Connection, domain: str) -> set[UUID]:
    """Live versions that a namespace which serves, or will after a rollback, does not have whole."""
    rows = await desk.fetch(f"SELECT id FROM {domain}.versions WHERE status = 'live'")
    found: set[UUID] = set()
    for space in await catalog.live_namespaces(desk, domain, going_live.SERVING):
        found |= await embeddings.incomplete(desk, space, [row["id"] for row in rows])
    return found


async def _vectors(desk: Connection, domain: str) -> frozenset[tuple[str, UUID, str]]:
    found: set[tuple[str, UUID, str]] = set()
    for space in await catalog.live_namespaces(desk, domain, going_live.SERVING):
        rows = await desk.fetch(
            search.addressed(
                """SELECT embedded.chunk_id, md5(embedded.embedding::text) AS digest
                   FROM {schema}.{embeddings} AS embedded
                   JOIN {schema}.chunks AS chunks ON chunks.id = embedded.chunk_id
                   JOIN {schema}.parents AS parents ON parents.id = chunks.parent_id
                   JOIN {schema}.versions AS versions ON versions.id = parents.version_id
                   WHERE versions.status = 'live'""",
                space,
            )
        )
        found |= {(space.name, row["chunk_id"], row["digest"]) for row in rows}
    return frozenset(found)
