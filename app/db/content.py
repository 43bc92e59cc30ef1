"""Content as the content desk changes it: one revision is one transaction."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

import numpy as np
import numpy.typing as npt
from pgvector.asyncpg import register_vector

from app.db import catalog, engine, search, sql
from app.db.engine import Connection
from app.db.search import Namespace
from app.db.versions import NewParent, NewVersion, StatusChange, StoredVersion
from app.errors import ConfigurationError

# With the domain's hash the name of its lock; the number is ours alone.
LOCK = 7_253_003

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Revision:
    """Who changed what, and why."""

    kind: Literal["apply", "publish", "withdraw", "undo"]
    message: str
    author: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored chunk that has no embedding yet."""

    chunk_id: UUID
    text: str


@asynccontextmanager
async def open_desk(dsn: str) -> AsyncIterator[Connection]:
    """A connection for content work: no statement of it is cut short, and it takes vectors as they are.

    Raises:
        ConfigurationError: the database cannot be reached.
    """
    patient = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
    try:
        connection = await engine.connect(dsn, application="ingest", settings=patient)
    except (OSError, engine.DatabaseError) as error:
        raise ConfigurationError(f"the database cannot be reached: {error}") from None
    try:
        try:
            await register_vector(connection)
        except ValueError:
            raise ConfigurationError("this database has no tables of ours yet: run `prashna db upgrade`") from None
        yield connection
    finally:
        await connection.close()


async def namespace(connection: Connection, domain: str) -> Namespace:
    """The active namespace of a domain.

    Raises:
        ConfigurationError: there is no such domain; says which there are.
    """
    found = await search.namespaces(connection, [domain])
    if not found:
        names = ", ".join(known.name for known in await catalog.domains(connection))
        raise ConfigurationError(f"there is no domain {domain!r}; there are {names}; `prashna domain add` makes one")
    return found[0]


async def lock(connection: Connection, domain: str, *, wait: bool) -> bool:
    """Become the only one who changes a domain, until the connection closes. False when another is, without `wait`."""
    if wait:
        await connection.execute("SELECT pg_advisory_lock($1, hashtext($2))", LOCK, domain)
        return True
    return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", LOCK, domain))


async def today(connection: Connection) -> date:
    """The Indian calendar day by the database's clock: what is effective is decided by it."""
    day: date = await connection.fetchval("SELECT chat.today()")
    return day


async def versions(connection: Connection, domain: str, keys: Sequence[str]) -> dict[str, list[StoredVersion]]:
    """Every version of the documents with these keys, oldest first; a key without a document is left out."""
    found: dict[str, list[StoredVersion]] = {}
    for row in await connection.fetch(_sql("versions", domain), list(keys)):
        key, *values = row.values()
        found.setdefault(key, []).append(StoredVersion(*values))
    return found


async def missing_embeddings(connection: Connection, space: Namespace, version_ids: Sequence[UUID]) -> list[Waiting]:
    """The chunks of these versions that the namespace lacks, in a fixed order."""
    rows = await connection.fetch(_sql("missing_embeddings", space.domain, space), list(version_ids))
    return [Waiting(row["id"], row["text"]) for row in rows]


async def save(
    connection: Connection,
    space: Namespace,
    revision: Revision,
    *,
    added: Sequence[NewVersion],
    changes: Sequence[StatusChange],
    waiting: Sequence[Waiting],
    vectors: Iterable[Vector],
) -> int:
    """Make `changes` and the `added` versions live, all or nothing; the number of the revision.

    `vectors` come in the order of the chunks of `added`, then of `waiting`.
    """
    async with connection.transaction():
        number = await connection.fetchval(
            _sql("revision", space.domain), space.domain, revision.kind, revision.message, revision.author
        )
        await _change_status(connection, space.domain, changes)
        made = await _copy_versions(connection, space.domain, number, added)
        chunk_ids = await _copy_texts(connection, space.domain, made, added)
        await _copy_embeddings(connection, space, [*chunk_ids, *(one.chunk_id for one in waiting)], vectors)
        await _copy_changes(connection, number, made, added, changes)
    await connection.execute(_sql("analyze", space.domain, space))
    return int(number)


async def _change_status(connection: Connection, domain: str, changes: Sequence[StatusChange]) -> None:
    # In this order, because the ranges of a document's live versions may at no time overlap.
    ended = [change for change in changes if change.status_after != "live"]
    grown = [change for change in changes if change.status_after == "live" and _grows(change)]
    shortened = [change for change in changes if change.status_after == "live" and not _grows(change)]
    for group in (ended, shortened, grown):
        await connection.execute(
            _sql("change_status", domain),
            [change.version_id for change in group],
            [change.status_after for change in group],
            [change.effective_to_after for change in group],
        )


def _grows(change: StatusChange) -> bool:
    before, after = change.effective_to_before or date.max, change.effective_to_after or date.max
    return change.status_before != "live" or after > before


async def _copy_versions(
    connection: Connection, domain: str, revision: int, added: Sequence[NewVersion]
) -> list[tuple[UUID, UUID]]:
    """Make the versions, live, and the documents that are new; (document id, version id) of each."""
    new = [version for version in added if version.document_id is None]
    made = await _ids(connection, len(new))
    await connection.execute(_sql("documents", domain), made, [version.key for version in new])
    fresh = iter(made)
    documents = [version.document_id or next(fresh) for version in added]
    ids = await _ids(connection, len(added))
    live_at = await connection.fetchval("SELECT ops.now()")
    records = [
        (id_, document, one.number, one.content_hash, "live", revision, one.title, one.details.effective_from,
         one.details.effective_to, one.details.year, one.details.paper, one.details.subject, one.details.marks,
         one.details.published_on, json.dumps(one.details.metadata), live_at)
        for id_, document, one in zip(ids, documents, added, strict=True)
    ]  # fmt: skip
    columns = (
        "id document_id number content_hash status revision_id title effective_from effective_to year paper subject "
        "marks published_on metadata live_at"
    )
    await _copy(connection, domain, "versions", columns, records)
    return list(zip(documents, ids, strict=True))


async def _copy_texts(
    connection: Connection, domain: str, made: Sequence[tuple[UUID, UUID]], added: Sequence[NewVersion]
) -> list[UUID]:
    """Make the parents and chunks; the ids of the chunks in order."""
    parents: list[tuple[UUID, int, NewParent]] = [
        (version_id, position, parent)
        for (_, version_id), version in zip(made, added, strict=True)
        for position, parent in enumerate(version.parents)
    ]
    parent_ids = await _ids(connection, len(parents))
    records = [
        (id_, version_id, position, one.header, one.locator, one.text, one.tokens, list(one.fact_keys))
        for id_, (version_id, position, one) in zip(parent_ids, parents, strict=True)
    ]
    columns = "id version_id position header locator text tokens fact_keys"
    await _copy(connection, domain, "parents", columns, records)
    chunks = [
        (parent_id, position, chunk.header, chunk.text, chunk.tokens)
        for parent_id, (_, _, parent) in zip(parent_ids, parents, strict=True)
        for position, chunk in enumerate(parent.chunks)
    ]
    chunk_ids = await _ids(connection, len(chunks))
    rows = ((id_, *chunk) for id_, chunk in zip(chunk_ids, chunks, strict=True))
    await _copy(connection, domain, "chunks", "id parent_id position header text tokens", rows)
    return chunk_ids


async def _copy_embeddings(
    connection: Connection, space: Namespace, chunk_ids: Sequence[UUID], vectors: Iterable[Vector]
) -> None:
    rows = zip(chunk_ids, vectors, strict=True)
    await _copy(connection, space.domain, f"embeddings_{space.name}", "chunk_id embedding", rows)


async def _copy_changes(
    connection: Connection,
    revision: int,
    made: Sequence[tuple[UUID, UUID]],
    added: Sequence[NewVersion],
    changes: Sequence[StatusChange],
) -> None:
    old = [
        (revision, one.version_id, one.document_id, one.status_before, one.status_after, one.effective_to_before,
         one.effective_to_after)
        for one in changes
    ]  # fmt: skip
    new = [
        (revision, version_id, document_id, None, "live", None, version.details.effective_to)
        for (document_id, version_id), version in zip(made, added, strict=True)
    ]
    columns = "revision_id version_id document_id status_before status_after effective_to_before effective_to_after"
    await _copy(connection, "catalog", "revision_changes", columns, [*old, *new])


async def _copy(
    connection: Connection, schema: str, table: str, columns: str, records: Iterable[tuple[object, ...]]
) -> None:
    # asyncpg quotes the names itself.
    await connection.copy_records_to_table(table, schema_name=schema, columns=columns.split(), records=records)


async def _ids(connection: Connection, count: int) -> list[UUID]:
    return [row["id"] for row in await connection.fetch(_sql("ids", None), count)]


def _sql(name: str, domain: str | None, space: Namespace | None = None) -> str:
    names: Mapping[str, str] = {
        "{schema}": catalog.identifier(domain) if domain else "",
        "{embeddings}": catalog.identifier(f"embeddings_{space.name}") if space else "",
    }
    text = sql.load("content")[name]
    for place, quoted in names.items():
        text = text.replace(place, quoted)
    return text
