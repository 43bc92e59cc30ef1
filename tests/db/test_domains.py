"""Domains are all made alike, by one function that refuses what cannot be a domain."""

from datetime import date
from uuid import UUID

import asyncpg
import pytest

from app.db import catalog, engine
from app.errors import ConfigurationError

INTENTS = {
    "factual": {"polity", "history", "geography", "economy", "science", "ethics"},
    "pyq": {"pyq_prelims", "pyq_mains"},
    "essay": {"essay_structure", "essay_content"},
    "current_affairs": {"current_affairs"},
}
_COLUMNS = """
    SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, a.attgenerated,
           a.attstorage, pg_get_expr(d.adbin, d.adrelid) AS filled_with
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' AND a.attnum > 0 ORDER BY 1, 2"""
_INDEXES = """
    SELECT replace(pg_get_indexdef(i.indexrelid), $1 || '.', '') AS definition FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = $1::regnamespace ORDER BY 1"""
_CONSTRAINTS = """
    SELECT conname, contype, replace(pg_get_constraintdef(oid), $1 || '.', '') AS definition FROM pg_constraint
    WHERE connamespace = $1::regnamespace ORDER BY 1"""


async def test_there_are_the_eleven_domains_of_the_design(connection: engine.Connection) -> None:
    found = await catalog.domains(connection)

    assert {intent: {d.name for d in found if d.intent == intent} for intent in INTENTS} == INTENTS


@pytest.mark.parametrize("query", [_COLUMNS, _INDEXES, _CONSTRAINTS], ids=["columns", "indexes", "constraints"])
async def test_all_domains_are_equal(connection: engine.Connection, query: str) -> None:
    await connection.execute("SELECT catalog.create_domain('added_later', 'essay')")
    names = [domain.name for domain in await catalog.domains(connection)]
    shapes = {name: [tuple(row) for row in await connection.fetch(query, name)] for name in names}

    assert len(shapes["polity"]) >= 10
    assert [name for name, shape in shapes.items() if shape != shapes["polity"]] == []


@pytest.mark.parametrize("bad", ["", "Polity", "1st", "a-b", "a b", 'a"; DROP TABLE x', "a\n", "x" * 41, "pg_law", "é"])
async def test_a_name_that_is_no_domains_is_refused(connection: engine.Connection, bad: str) -> None:
    with pytest.raises(asyncpg.PostgresError):
        async with connection.transaction():
            await connection.execute("SELECT catalog.create_domain($1)", bad)
    with pytest.raises(ConfigurationError):
        await catalog.add_domain(connection, name=bad, intent="factual", model="minilm-int8", dimensions=384)


@pytest.mark.parametrize("taken", ["polity", "catalog", "chat", "queue_bulk", "public", "information_schema"])
async def test_a_name_that_is_taken_is_refused_and_nothing_stays_behind(
    connection: engine.Connection, taken: str
) -> None:
    before = await connection.fetchval("SELECT count(*) FROM pg_class")
    with pytest.raises(ConfigurationError, match="exists already"):
        async with connection.transaction():
            await catalog.add_domain(connection, name=taken, intent="factual", model="minilm-int8", dimensions=384)

    assert await connection.fetchval("SELECT count(*) FROM pg_class") == before


async def test_an_intent_without_a_specialist_is_refused(connection: engine.Connection) -> None:
    with pytest.raises(ConfigurationError):
        await catalog.add_domain(connection, name="law", intent="gossip", model="minilm-int8", dimensions=384)


async def test_a_domain_may_be_named_like_a_word_of_sql(connection: engine.Connection) -> None:
    await catalog.add_domain(connection, name="select", intent="factual", model="minilm-int8", dimensions=384)

    assert await connection.fetchval("""SELECT count(*) FROM "select".versions""") == 0


async def test_a_new_domain_starts_with_one_active_namespace_of_the_given_model(connection: engine.Connection) -> None:
    await catalog.add_domain(connection, name="law", intent="factual", model="text-embedding-3-small", dimensions=1536)
    row = await connection.fetchrow("SELECT name, model, dimensions, status FROM catalog.namespaces WHERE domain='law'")

    assert tuple(row) == ("text_embedding_3_small", "text-embedding-3-small", 1536, "active")
    active = "SELECT count(*) FROM catalog.namespaces WHERE domain = 'law' AND status = 'active'"
    assert await connection.fetchval(active) == 1


async def test_a_domain_never_has_two_active_namespaces(connection: engine.Connection) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("SELECT catalog.create_namespace('polity', 'other', 'other', 384, 'active')")


@pytest.mark.parametrize(
    ("dimensions", "kind", "storage"),
    [(384, "vector(384)", "p"), (1024, "vector(1024)", "p"), (1536, "halfvec(1536)", "p"),
     (3072, "halfvec(3072)", "p"), (4000, "halfvec(4000)", "e")],
)  # fmt: skip
async def test_a_namespace_is_stored_in_its_page_where_a_row_fits(
    connection: engine.Connection, dimensions: int, kind: str, storage: str
) -> None:
    await connection.execute("SELECT catalog.create_namespace('polity', 'wide', 'wide', $1, 'building')", dimensions)
    column = await connection.fetchrow(
        "SELECT format_type(atttypid, atttypmod), attstorage FROM pg_attribute"
        " WHERE attrelid = 'polity.embeddings_wide'::regclass AND attname = 'embedding'"
    )
    index = await connection.fetchval("SELECT pg_get_indexdef('polity.embeddings_wide_hnsw'::regclass)")

    assert (column[0], column[1].decode()) == (kind, storage)
    assert f"{kind.partition('(')[0]}_cosine_ops" in index


@pytest.mark.parametrize("dimensions", [384, 1024, 1536, 3072, 4000])
async def test_a_vector_of_every_width_can_be_stored(connection: engine.Connection, dimensions: int) -> None:
    await connection.execute("SELECT catalog.create_namespace('polity', 'wide', 'wide', $1, 'building')", dimensions)
    chunk = await _chunk(connection)
    await connection.execute(
        "INSERT INTO polity.embeddings_wide SELECT $1, array_agg(random())::vector::halfvec FROM generate_series(1, $2)"
        if dimensions > 1024
        else "INSERT INTO polity.embeddings_wide SELECT $1, array_agg(random())::vector FROM generate_series(1, $2)",
        chunk,
        dimensions,
    )

    assert await connection.fetchval("SELECT count(*) FROM polity.embeddings_wide") == 1


async def test_live_versions_of_a_document_never_overlap_in_effect(connection: engine.Connection) -> None:
    document = await connection.fetchval("INSERT INTO polity.documents (key) VALUES ('k') RETURNING id")
    await _version(connection, document, 1, "live", None, date(2020, 1, 1))
    await _version(connection, document, 2, "live", date(2020, 1, 1), date(2021, 1, 1))
    await _version(connection, document, 3, "ended", date(2020, 6, 1), None)

    with pytest.raises(asyncpg.ExclusionViolationError):
        await _version(connection, document, 4, "live", date(2020, 12, 31), None)


async def test_an_effect_that_ends_before_it_begins_is_refused(connection: engine.Connection) -> None:
    document = await connection.fetchval("INSERT INTO polity.documents (key) VALUES ('k') RETURNING id")
    with pytest.raises(asyncpg.CheckViolationError):
        await _version(connection, document, 1, "live", date(2020, 1, 1), date(2020, 1, 1))


async def _version(
    connection: engine.Connection, document: UUID, number: int, status: str, begins: date | None, ends: date | None
) -> UUID:
    revision = await connection.fetchval(
        "INSERT INTO catalog.revisions (domain, kind, message, author) VALUES ('polity', 'apply', 'm', 'a')"
        " RETURNING id"
    )
    version: UUID = await connection.fetchval(
        "INSERT INTO polity.versions (document_id, number, content_hash, status, revision_id, title, effective_from,"
        " effective_to) VALUES ($1, $2, 'h', $3, $4, 't', $5, $6) RETURNING id",
        document, number, status, revision, begins, ends,
    )  # fmt: skip
    return version


async def _chunk(connection: engine.Connection) -> UUID:
    document = await connection.fetchval("INSERT INTO polity.documents (key) VALUES ('k') RETURNING id")
    version = await _version(connection, document, 1, "live", None, None)
    parent = await connection.fetchval(
        "INSERT INTO polity.parents (version_id, position, header, locator, text, tokens)"
        " VALUES ($1, 0, 'h', 'l', 't', 1) RETURNING id",
        version,
    )
    chunk: UUID = await connection.fetchval(
        "INSERT INTO polity.chunks (parent_id, position, header, text, tokens) VALUES ($1, 0, 'h', 't', 1)"
        " RETURNING id",
        parent,
    )
    return chunk
