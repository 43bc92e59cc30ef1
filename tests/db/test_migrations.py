"""The schema goes up, down and up again, and is what the code says it is."""

import asyncio

import pytest

from app.db import engine, migrate
from app.errors import ConfigurationError

OURS = {"catalog", "chat", "cache", "ops", "queue_chat", "queue_bulk", "polity", "pyq_mains", "current_affairs"}


async def test_the_schema_goes_up_down_and_up_again(empty_database: str) -> None:
    await migrate.upgrade(empty_database)
    first = await _objects(empty_database)
    await migrate.downgrade(empty_database, "base")
    bare = await _objects(empty_database)
    await migrate.upgrade(empty_database)

    assert {name.partition(".")[0] for name in first} >= OURS
    assert {name.partition(".")[0] for name in bare} <= {"public"}
    assert await _objects(empty_database) == first


async def test_a_downgrade_takes_domains_that_were_added_later_too(empty_database: str) -> None:
    await migrate.upgrade(empty_database)
    await _execute(empty_database, "SELECT catalog.create_domain('law')")
    await migrate.downgrade(empty_database, "base")

    assert not [name for name in await _objects(empty_database) if name.startswith("law.")]


async def test_the_tables_in_code_are_those_in_the_database(database: str) -> None:
    assert await migrate.differences(database) is None


async def test_a_difference_between_code_and_database_is_found(database: str) -> None:
    await _execute(database, "ALTER TABLE chat.tasks DROP COLUMN shown_seq")

    assert "shown_seq" in str(await migrate.differences(database))


async def test_two_upgrades_at_once_are_one_upgrade(empty_database: str) -> None:
    await asyncio.gather(migrate.upgrade(empty_database), migrate.upgrade(empty_database))

    assert await migrate.differences(empty_database) is None


async def test_an_unreachable_database_is_said_in_one_line(tmp_path: object) -> None:
    with pytest.raises(ConfigurationError, match="the database cannot be reached"):
        await migrate.upgrade(f"postgresql://postgres@/postgres?host={tmp_path}")


async def test_the_bare_words_of_the_design_are_all_there(database: str) -> None:
    tables = {name for name in await _objects(database) if name.split(".")[0] in {"catalog", "chat", "cache", "ops"}}

    assert tables >= {
        *(f"catalog.{name}" for name in ("domains", "namespaces", "revisions", "cutovers")),
        *(f"chat.{name}" for name in ("tasks", "turns", "sessions", "feedback", "rate_counters", "stream_chunks")),
        *(f"cache.{name}" for name in ("entries", "entry_sources", "entry_hits")),
        "chat.stream_subscribers",
        "ops.llm_calls",
    }


async def test_only_what_may_be_lost_is_unlogged(database: str) -> None:
    unlogged = await _fetch(
        database,
        "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r' AND c.relpersistence = 'u'",
    )

    assert set(unlogged) == {
        "chat.rate_counters",
        "chat.units_taken",
        "chat.stream_chunks",
        "chat.stream_subscribers",
        "chat.stream_keys",
        "cache.entry_hits",
        "ops.provider_breakers",
        "ops.retry_budgets",
    }


async def _objects(dsn: str) -> list[str]:
    return await _fetch(
        dsn,
        """SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
             AND c.relname !~ 'pg_stat|^alembic'
           UNION ALL
           SELECT n.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
           WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
           ORDER BY 1""",
    )


async def _fetch(dsn: str, query: str) -> list[str]:
    connection = await engine.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def _execute(dsn: str, query: str) -> None:
    connection = await engine.connect(dsn)
    try:
        await connection.execute(query)
    finally:
        await connection.close()
