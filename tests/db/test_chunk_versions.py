"""Every chunk knows its version, also one that a release before this wrote."""

import asyncpg
import pytest

from app.db import engine, migrate

# More than one batch of the migration.
CHUNKS = 5_003


@pytest.mark.parametrize("before", ["0005", "0007"])
async def test_chunks_that_were_stored_before_get_their_versions(empty_database: str, before: str) -> None:
    await migrate.upgrade(empty_database, before)
    connection = await engine.connect(empty_database)
    try:
        if before == "0007":
            # As they stand when 0006 has been applied to what is stored.
            await connection.execute("ALTER TABLE polity.chunks DISABLE TRIGGER note_version")
            await connection.execute("ALTER TABLE polity.chunks ALTER COLUMN version_id DROP NOT NULL")
        await _store(connection, 2)
        if before == "0007":
            await connection.execute("ALTER TABLE polity.chunks ENABLE TRIGGER note_version")
        await migrate.upgrade(empty_database)
        await _check(connection)
        await migrate.downgrade(empty_database, "0007")
        await migrate.upgrade(empty_database)
        await _check(connection)
    finally:
        await connection.close()


async def test_a_chunk_is_of_its_parents_version_whatever_is_written(connection: engine.Connection) -> None:
    await _store(connection, 1)
    await connection.execute("UPDATE polity.chunks SET version_id = uuidv7() WHERE position = 0")
    await _check(connection)


async def _store(connection: engine.Connection, texts: int) -> None:
    revision = await connection.fetchval(
        "INSERT INTO catalog.revisions (domain, kind, author, message)"
        " VALUES ('polity', 'apply', 't', 't') RETURNING id"
    )
    for number in range(texts):
        document = await connection.fetchval("INSERT INTO polity.documents (key) VALUES ($1) RETURNING id", str(number))
        version = await connection.fetchval(
            "INSERT INTO polity.versions (document_id, number, content_hash, status, revision_id, title)"
            " VALUES ($1, 1, 'h', 'live', $2, 't') RETURNING id",
            document,
            revision,
        )
        parent = await connection.fetchval(
            "INSERT INTO polity.parents (version_id, position, header, locator, text, tokens)"
            " VALUES ($1, 0, 'h', 'l', 't', 1) RETURNING id",
            version,
        )
        await connection.execute(
            "INSERT INTO polity.chunks (parent_id, position, header, text, tokens)"
            " SELECT $1, place, 'h', 't', 1 FROM generate_series(0, $2::integer - 1) AS place",
            parent,
            CHUNKS,
        )


async def _check(connection: engine.Connection) -> None:
    wrong = await connection.fetchval(
        "SELECT count(*) FROM polity.chunks JOIN polity.parents ON parents.id = parent_id"
        " WHERE chunks.version_id IS DISTINCT FROM parents.version_id"
    )
    assert wrong == 0
    with pytest.raises(asyncpg.NotNullViolationError):
        await connection.execute(
            "INSERT INTO polity.chunks (parent_id, position, header, text, tokens) VALUES (uuidv7(), 0, 'h', 't', 1)"
        )
