"""One API for the whole folder, and for each test a student whom no other test knows."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import httpx
import pytest
import structlog
from support.postgres import named, new_name, statement
from support.service import client, service
from support.students import bearer

from app import telemetry
from app.db import engine


@pytest.fixture(scope="session")
async def api_database(postgres: str, template: str) -> AsyncIterator[str]:
    """The dsn of the database behind the common API."""
    name = new_name("api")
    await statement(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield named(postgres, name)
    await statement(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def api(api_database: str) -> Iterator[str]:
    """The base URL of the common API."""
    # No worker answers here: what all the tests ask waits, and must not be too much.
    with service(api_database, PRASHNA_WORKER_CONCURRENCY="1000") as url:
        yield url


@pytest.fixture(scope="session")
async def rows(api_database: str) -> AsyncIterator[engine.Pool]:
    """The database behind the common API."""
    async with engine.open_pool(api_database, application="test", size=4) as made:
        yield made


@pytest.fixture
def student() -> str:
    """A student whom no other test knows."""
    return f"student-{uuid4()}"


@pytest.fixture
async def anybody(api: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with client(api) as made:
        yield made


@pytest.fixture
async def own(api: str, student: str) -> AsyncIterator[httpx.AsyncClient]:
    """The student's client."""
    async with client(api, bearer(student)) as made:
        yield made


@pytest.fixture
def quiet() -> Iterator[None]:
    """No log lines: without our configuration a crash is drawn with all its variables, which takes seconds."""
    before = structlog.get_config()
    telemetry.configure("CRITICAL")
    yield
    structlog.configure(**before)
