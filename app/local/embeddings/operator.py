"""The seat of whoever migrates a domain's embeddings: one connection, one lock, and where things are said."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.db import content, migrate, namespaces
from app.db.engine import Connection
from app.settings import Settings

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Operator:
    """`connection` holds the lock of `domain` and has no statement timeout; `say` takes lines for people."""

    settings: Settings
    dsn: str
    domain: str
    connection: Connection
    say: Say

    @property
    def revisions(self) -> Path:
        """The folder of the domain's Alembic files."""
        return self.settings.operations.revisions or migrate.CUTOVERS


@asynccontextmanager
async def open_operator(settings: Settings, dsn: str, domain: str, say: Say) -> AsyncIterator[Operator]:
    """Take the seat until the block ends.

    Raises:
        CutoverRefused: somebody else has it.
        ConfigurationError: there is no such domain, or no database.
    """
    async with content.open_desk(dsn) as connection:
        await content.namespace(connection, domain)
        await namespaces.claim(connection, domain)
        yield Operator(settings, dsn, domain, connection, say)
