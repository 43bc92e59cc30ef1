"""The database's clock, moved for one test's own database."""

from datetime import datetime, timedelta

from app.db import engine


async def move(connection: engine.Connection, offset: timedelta) -> None:
    """Have ops.now() differ from now() by `offset`."""
    await connection.execute("SET prashna.testing = 'on'")
    await connection.execute("SELECT ops.set_clock_offset($1)", offset)


async def turn_to(connection: engine.Connection, moment: datetime) -> None:
    """Have ops.now() be `moment` now; it goes on from there."""
    await move(connection, moment - await connection.fetchval("SELECT clock_timestamp()"))
