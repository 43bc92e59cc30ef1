"""SQLAlchemy's pool after its connections were ended: no request pays for it."""

from sqlalchemy import text
from support.postgres import statement

from app.db import engine


async def test_a_session_outlives_the_end_of_the_connection_that_waited_for_it(postgres: str, database: str) -> None:
    async with engine.open_sessions(database, application="test", size=1) as sessions:
        async with sessions() as session:
            before = await session.scalar(text("SELECT pg_backend_pid()"))
        await statement(postgres, f"SELECT pg_terminate_backend({before}, 5000)")
        async with sessions() as session:
            after = await session.scalar(text("SELECT pg_backend_pid()"))
    assert after != before
