"""What every test has: a guard against the network and, where it asks, a PostgreSQL database of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest
from support.network_guard import NetworkGuard, configured_hosts
from support.postgres import named, new_name, postgres_server, statement
from support.stack import shared_stack, stack

from app.db import migrate

# Fixtures that live beside what they build.
__all__ = ["shared_stack", "stack"]

_guard = NetworkGuard(configured_hosts())


@pytest.fixture(autouse=True)
def network() -> Iterator[NetworkGuard]:
    """Refuses every connection that leaves this machine, and fails the test that tried."""
    _guard.attempts.clear()
    yield _guard
    if _guard.attempts:
        pytest.fail(f"this test tried to reach another machine: {', '.join(_guard.attempts)}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The maintenance database of a real server; tests use `database`."""
    with postgres_server() as dsn:
        yield dsn


@pytest.fixture(scope="session")
async def template(postgres: str) -> AsyncIterator[str]:
    """The name of a database with the schema in it; nobody connects to it, so that it can be cloned."""
    name = new_name("template")
    await statement(postgres, f"CREATE DATABASE {name}")
    await migrate.upgrade(named(postgres, name))
    yield name
    await statement(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_database(postgres: str) -> AsyncIterator[str]:
    """The dsn of a database without our schema, dropped after the test."""
    name = new_name("empty")
    await statement(postgres, f"CREATE DATABASE {name}")
    yield named(postgres, name)
    await statement(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(postgres: str, template: str) -> AsyncIterator[str]:
    """The dsn of a migrated database of this test alone, dropped after it."""
    name = new_name("test")
    await statement(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield named(postgres, name)
    await statement(postgres, f"DROP DATABASE {name} WITH (FORCE)")
