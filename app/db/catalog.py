"""Which domains there are and what serves them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.db.engine import Connection, DatabaseError, Pool, SchemaMissing
from app.errors import ConfigurationError, NotFound

NamespaceStatus = Literal["building", "active", "retiring", "dropped"]

# How many candidates a search of an index keeps in hand (pgvector's hnsw.ef_search). Its default of 40 is for one
# neighbour; 100 keeps recall of 20 near 1 in domains of some ten thousand chunks of text.
EF_SEARCH = 100

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Domain:
    """One body of content and the specialist it belongs to."""

    name: str
    intent: str


@dataclass(frozen=True, slots=True)
class Namespace:
    """The embeddings of one domain and the model that made them. Its searches keep `ef_search` candidates."""

    id: UUID
    domain: str
    name: str
    model: str
    dimensions: int
    status: NamespaceStatus = "active"
    ef_search: int = EF_SEARCH


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


async def live_namespaces(
    connection: Connection | Pool, domain: str, statuses: Sequence[NamespaceStatus] = ("active", "retiring", "building")
) -> list[Namespace]:
    """The namespaces of a domain that every content change is written to, in the order of `statuses`."""
    rows = await connection.fetch(
        "SELECT id, domain, name, model, dimensions, status, ef_search FROM catalog.namespaces"
        " WHERE domain = $1 AND status = ANY ($2::text[]) ORDER BY array_position($2::text[], status), created_at",
        domain,
        list(statuses),
    )
    return [Namespace(**dict(row)) for row in rows]


async def add_domain(connection: Connection, *, name: str, intent: str, model: str, dimensions: int) -> None:
    """Make a domain with its schema, tables and first namespace, in one transaction.

    Raises:
        ConfigurationError: the name is not usable or taken.
    """
    if not _IDENTIFIER.fullmatch(name):
        raise ConfigurationError(
            f"a domain cannot be called {name[:60]!r}: a name is up to 40 small letters, digits and underscores, and "
            "begins with a letter"
        )
    try:
        await connection.execute("SELECT catalog.create_domain($1, $2, $3, $4)", name, intent, model, dimensions)
    except SchemaMissing:
        raise
    except DatabaseError as error:
        raise ConfigurationError(f"domain {name!r} was not added: {error}") from None
