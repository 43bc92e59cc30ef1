"""What the fixtures promise to every other test."""

import asyncpg
import pytest
from support.postgres import statement


@pytest.mark.parametrize("run", [1, 2])
async def test_each_test_has_the_schema_and_none_of_the_rows_of_another(database: str, run: int) -> None:
    connection = await asyncpg.connect(database)
    try:
        assert await connection.fetchval("SELECT count(*) FROM catalog.domains") == 11
        assert await connection.fetchval("SELECT to_regclass('public.left_behind')") is None
    finally:
        await connection.close()
    await statement(database, "CREATE TABLE left_behind ()")


async def test_an_empty_database_has_no_schema_of_ours(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    try:
        assert await connection.fetchval("SELECT to_regnamespace('catalog')") is None
    finally:
        await connection.close()
