"""The dsn for those who only look."""

import pytest

from app.db import engine


@pytest.mark.parametrize("also", ["", "sslmode=disable"])
async def test_a_read_only_dsn_reads_and_refuses_to_write(database: str, also: str) -> None:
    dsn = f"{database}{'&' if '?' in database else '?'}{also}" if also else database
    connection = await engine.connect(engine.read_only(dsn))
    try:
        assert await connection.fetchval("SELECT count(*) FROM catalog.domains") > 0
        with pytest.raises(engine.DatabaseError, match="read-only transaction"):
            await connection.execute("DELETE FROM catalog.domains")
    finally:
        await connection.close()
