"""Content as the content desk writes it: a revision with its texts, and what it does to the versions there are."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from pgvector.asyncpg import register_vector

from app.db import catalog, engine, search, sql, succession
from app.db.engine import Connection
from app.db.search import Namespace
from app.db.versions import NewParent, NewVersion, StatusChange, StoredVersion
from app.errors import ConfigurationError

# With the domain's hash the name of its lock; the number is ours alone.
LOCK = 7_253_003

Kind = Literal["apply", "publish", "withdraw", "undo"]


@dataclass(frozen=True, slots=True)
class Revision:
    """Who changed what, and why."""

    kind: Kind
    message: str
    author: str


@asynccontextmanager
async def open_desk(dsn: str) -> AsyncIterator[Connection]:
    """A connection for content work: no statement of it is cut short, and it takes vectors as they are.

    Raises:
        ConfigurationError: the database cannot be reached.
    """
    patient = {
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        # A command that was killed must not go on in the server, with its locks, for as long as its statement takes.
        "client_connection_check_interval": "2s",
    }
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


@asynccontextmanager
async def changing(
    connection: Connection, domain: str, *, waits: Callable[[], object] = lambda: None
) -> AsyncIterator[None]:
    """A transaction in which nobody else changes what is live in the domain; `waits` is called where another does."""
    async with connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1, hashtext($2))", LOCK, domain):
            waits()
            await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", LOCK, domain)
        # What is complete is decided by the namespaces there are: no cutover comes in between.
        await connection.execute("SELECT FROM catalog.namespaces WHERE domain = $1 ORDER BY id FOR SHARE", domain)
        yield


async def today(connection: Connection) -> date:
    """The Indian calendar day by the database's clock: what is effective is decided by it."""
    day: date = await connection.fetchval("SELECT chat.today()")
    return day


async def versions(
    connection: Connection, domain: str, keys: Sequence[str] = (), *, document_ids: Iterable[UUID] = ()
) -> dict[str, list[StoredVersion]]:
    """Every version of the documents with these keys or ids, oldest first; a key without a document is left out."""
    found: dict[str, list[StoredVersion]] = {}
    for row in await connection.fetch(_sql("versions", domain), list(keys), list(document_ids)):
        key, *values = row.values()
        found.setdefault(key, []).append(StoredVersion(*values))
    return found


async def new_revision(connection: Connection, domain: str, revision: Revision, *, undoes: int | None = None) -> int:
    """Begin a revision in the caller's transaction; its number."""
    number: int = await connection.fetchval(
        _sql("revision", domain), domain, revision.kind, revision.message, revision.author, undoes
    )
    return number


async def add(
    connection: Connection, domain: str, revision: int, added: Sequence[NewVersion], *, live: bool
) -> list[UUID]:
    """Store new versions as drafts, which become live with the revision where `live`; their ids, in order."""
    new = [version for version in added if version.document_id is None]
    made = await _ids(connection, len(new))
    await connection.execute(_sql("documents", domain), made, [version.key for version in new])
    fresh = iter(made)
    documents = [version.document_id or next(fresh) for version in added]
    ids = await _ids(connection, len(added))
    await _copy_versions(connection, domain, revision, list(zip(ids, documents, added, strict=True)), live=live)
    await _copy_texts(connection, domain, ids, added)
    return ids


async def change(connection: Connection, domain: str, revision: int, changes: Sequence[StatusChange]) -> None:
    """Make the changes and note them under the revision; a version comes once."""
    await set_status(connection, domain, changes)
    await record(connection, [(revision, one) for one in changes])


async def let_wait(
    connection: Connection, domain: str, revision: int, versions: Sequence[tuple[StoredVersion, date | None]]
) -> None:
    """From now on these become live with the revision, as soon as they are embedded, to be effective until that day."""
    waiting = [
        succession.change(one, one.status, until=one.effective_to, goes_live_with=revision) for one, _ in versions
    ]
    await set_status(connection, domain, waiting)
    noted = [succession.change(one, one.status, until=until) for one, until in versions]
    await record(connection, [(revision, one) for one in noted])


async def redraft(connection: Connection, domain: str, revision: int, versions: Sequence[StoredVersion]) -> None:
    """Make drafts again of versions that nobody has seen."""
    await change(
        connection, domain, revision, [succession.change(one, "draft", until=one.effective_to) for one in versions]
    )


async def set_status(connection: Connection, domain: str, changes: Sequence[StatusChange]) -> None:
    """Make the changes without a note."""
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
            [change.goes_live_after for change in group],
        )


async def record(connection: Connection, changes: Sequence[tuple[int, StatusChange]]) -> None:
    """Note each change under its revision, for undo; a version that it touched before keeps what it was before that."""
    rows = [
        (revision, one.version_id, one.document_id, one.status_before, one.status_after, one.effective_to_before,
         one.effective_to_after, one.goes_live_before)
        for revision, one in changes
    ]  # fmt: skip
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(8)]
    await connection.execute(_sql("record", None), *columns)


async def set_origins(connection: Connection, domain: str, origins: Mapping[str, str]) -> None:
    """The documents with these keys were last read from these files."""
    await connection.execute(_sql("origins", domain), list(origins), list(origins.values()))


async def analyze(connection: Connection, domain: str) -> None:
    """Have the planner count the domain's texts anew, and its embeddings."""
    await connection.execute(_sql("analyze", domain))
    for space in await catalog.live_namespaces(connection, domain):
        await connection.execute(search.addressed("ANALYZE {schema}.{embeddings}", space))


def _grows(change: StatusChange) -> bool:
    before, after = change.effective_to_before or date.max, change.effective_to_after or date.max
    return change.status_before != "live" or after > before


async def _copy_versions(
    connection: Connection,
    domain: str,
    revision: int,
    made: Sequence[tuple[UUID, UUID, NewVersion]],
    *,
    live: bool,
) -> None:
    records = [
        (id_, document, one.number, one.content_hash, "draft", revision, one.title, one.details.effective_from,
         one.details.effective_to, one.details.year, one.details.paper, one.details.subject, one.details.marks,
         one.details.published_on, json.dumps(one.details.metadata), revision if live else None)
        for id_, document, one in made
    ]  # fmt: skip
    columns = (
        "id document_id number content_hash status revision_id title effective_from effective_to year paper subject "
        "marks published_on metadata goes_live_with"
    )
    await _copy(connection, domain, "versions", columns, records)
    noted = [(revision, id_, document, "draft", one.details.effective_to) for id_, document, one in made]
    columns = "revision_id version_id document_id status_after effective_to_after"
    await _copy(connection, "catalog", "revision_changes", columns, noted)


async def _copy_texts(connection: Connection, domain: str, ids: Sequence[UUID], added: Sequence[NewVersion]) -> None:
    parents: list[tuple[UUID, int, NewParent]] = [
        (version_id, position, parent)
        for version_id, version in zip(ids, added, strict=True)
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


async def _copy(
    connection: Connection, schema: str, table: str, columns: str, records: Iterable[tuple[object, ...]]
) -> None:
    # asyncpg quotes the names itself.
    await connection.copy_records_to_table(table, schema_name=schema, columns=columns.split(), records=records)


async def _ids(connection: Connection, count: int) -> list[UUID]:
    return [row["id"] for row in await connection.fetch(_sql("ids", None), count)]


def _sql(name: str, domain: str | None) -> str:
    return sql.load("content")[name].replace("{schema}", catalog.identifier(domain) if domain else "")
