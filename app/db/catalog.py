"""Which domains there are and what serves them."""

import re
from dataclasses import dataclass

from app.db.engine import Connection, DatabaseError, Pool, SchemaMissing
from app.errors import ConfigurationError, NotFound

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Domain:
    """One body of content and the specialist it belongs to."""

    name: str
    intent: str


def identifier(name: str) -> str:
    """`name` quoted for SQL text. Only names from the catalog, or checked against it, may come here.

    Raises:
        NotFound: not the form of a schema or table of ours.
    """
    if not _IDENTIFIER.fullmatch(name):
        raise NotFound(f"no such domain: {name[:60]!r}")
    return f'"{name}"'


async def domains(connection: Connection | Pool) -> list[Domain]:
    """All domains by name."""
    rows = await connection.fetch("SELECT name, intent FROM catalog.domains ORDER BY name")
    return [Domain(row["name"], row["intent"]) for row in rows]


async def domains_without_content(connection: Connection | Pool) -> list[str]:
    """Domains that no revision ever touched, by name: a first start fills these."""
    rows = await connection.fetch(
        "SELECT name FROM catalog.domains d WHERE NOT EXISTS"
        " (SELECT FROM catalog.revisions r WHERE r.domain = d.name) ORDER BY name"
    )
    return [row["name"] for row in rows]


async def add_domain(connection: Connection, *, name: str, intent: str, model: str, dimensions: int) -> None:
    """Make a domain with its schema, tables and first namespace, in one transaction.

    Raises:
        ConfigurationError: the name is not usable or taken.
    """
    identifier(name)
    try:
        await connection.execute("SELECT catalog.create_domain($1, $2, $3, $4)", name, intent, model, dimensions)
    except SchemaMissing:
        raise
    except DatabaseError as error:
        raise ConfigurationError(f"domain {name!r} was not added: {error}") from None
