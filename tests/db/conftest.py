"""Connections for three kinds of tests: what is rolled back, what is committed by a student of its own, what moves
the clock or changes the schema and so needs a database of its own."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from support.postgres import named, new_name, statement

from app.db import engine, rescue


@pytest.fixture(scope="session")
async def common(postgres: str, template: str) -> AsyncIterator[str]:
    """The dsn of a migrated database that all tests here share."""
    name = new_name("common")
    await statement(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield named(postgres, name)
    await statement(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
async def pool(common: str) -> AsyncIterator[engine.Pool]:
    """A pool to the common database, for tests that commit under a student's name that no other test has."""
    async with engine.open_pool(common, application="test", size=16) as made:
        yield made


@pytest.fixture
async def connection(common: str) -> AsyncIterator[engine.Connection]:
    """A connection to the common database whose work is rolled back after the test."""
    made = await engine.connect(common)
    undone = made.transaction()
    await undone.start()
    yield made
    await undone.rollback()
    await made.close()


@pytest.fixture
async def own(database: str) -> AsyncIterator[engine.Pool]:
    """A pool to a database of this test alone."""
    async with engine.open_pool(database, application="test", size=16) as made:
        yield made


@pytest.fixture(scope="session")
async def settled(postgres: str) -> None:
    """The server has run for longer than a lease: right after its start nothing counts as lost."""
    connection = await engine.connect(postgres)
    young = "SELECT pg_postmaster_start_time() >= now() - $1::interval"
    while await connection.fetchval(young, rescue.STALE_WORKER):
        await asyncio.sleep(0.2)
    await connection.close()


@pytest.fixture
def student() -> str:
    """A student whom no other test knows."""
    return f"student-{uuid4()}"
