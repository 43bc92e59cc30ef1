"""What there is of each domain's embeddings, who may change it now, and when an old namespace goes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from app.db import catalog, embeddings, engine, sql
from app.db.catalog import Namespace
from app.db.engine import Connection, Pool
from app.errors import CutoverRefused
from app.telemetry import get_logger

# With the domain's hash the name of the lock of whoever migrates its embeddings; the number is ours alone.
LOCK = 7_253_004
_LONGEST_NAME = 44


@dataclass(frozen=True, slots=True)
class Standing:
    """One namespace and what is known of it. `report` is what its gate said, `trouble` why embedding for it failed."""

    space: Namespace
    created_at: datetime
    activated_at: datetime | None
    last_used_at: datetime | None
    retire_after: datetime | None
    report: dict[str, Any] | None
    trouble: str | None
    trouble_at: datetime | None


@dataclass(frozen=True, slots=True)
class Workload:
    """The chunks that each namespace of a domain should have, and their tokens by the embedded model's count."""

    chunks: int
    tokens: int


async def standings(connection: Connection | Pool, domain: str | None = None) -> list[Standing]:
    """Every namespace but the dropped ones, of one domain or of all; a domain's active one comes first."""
    rows = await connection.fetch(sql.load("namespaces")["standings"], domain)
    return [_standing(row) for row in rows]


async def workload(connection: Connection, domain: str) -> Workload:
    """What embedding a domain anew comes to."""
    row = await connection.fetchrow(_named("workload", domain))
    return Workload(row["chunks"], row["tokens"])


async def content_revision(connection: Connection, domain: str) -> int:
    """The number of the domain's last content change; 0 before the first."""
    return int(
        await connection.fetchval("SELECT coalesce(max(id), 0) FROM catalog.revisions WHERE domain = $1", domain)
    )


async def untended(connection: Connection, domain: str, version_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the versions that no job in the queue is for."""
    rows = await connection.fetch(sql.load("namespaces")["untended"], domain, list(version_ids))
    return [row["id"] for row in rows]


async def hurry(connection: Connection, domain: str) -> None:
    """Let the domain's jobs that wait after a failure be tried now."""
    await connection.execute(sql.load("namespaces")["hurry"], domain)


async def free_name(connection: Connection, domain: str, model: str) -> str:
    """A name for a new namespace of this model that the domain has never had."""
    base = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in model.lower())
    base = base.strip("_")[:_LONGEST_NAME]
    rows = await connection.fetch("SELECT name FROM catalog.namespaces WHERE domain = $1", domain)
    taken, number = {row["name"] for row in rows}, 1
    while (name := base if number == 1 else f"{base}_{number}") in taken:
        number += 1
    return name


async def claim(connection: Connection, domain: str) -> None:
    """Become the only one who migrates a domain's embeddings, until the connection closes.

    Raises:
        CutoverRefused: another one is; says since when.
    """
    # Killed while it waits inside a statement, it would keep the lock for as long as that takes.
    await connection.execute("SET client_connection_check_interval = '1s'")
    if await connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", LOCK, domain):
        return
    row = await connection.fetchrow(sql.load("namespaces")["holder"], LOCK, domain)
    who = f"since {row['backend_start']:%H:%M:%S} UTC, from {row['address'] or 'this machine'}" if row else "just now"
    raise CutoverRefused(f"the embeddings of {domain} are being migrated by another command ({who}); nothing was done")


async def keep_report(connection: Connection, space: Namespace, report: Mapping[str, Any]) -> None:
    """Store what was proved of a namespace; its `passed` is what a cutover asks for."""
    await connection.execute(
        "UPDATE catalog.namespaces SET gate_report = $2::jsonb WHERE id = $1", space.id, json.dumps(report)
    )


async def search_with(connection: Connection, space: Namespace, ef_search: int) -> None:
    """Let every search of the namespace keep so many candidates."""
    await connection.execute("UPDATE catalog.namespaces SET ef_search = $2 WHERE id = $1", space.id, ef_search)


async def note_use(pool: Pool) -> None:
    """Note on each namespace when a task that used it last ended."""
    await pool.execute("SELECT ops.note_namespace_use()")


async def drop_due(pool: Pool) -> int:
    """Drop the namespaces that were kept long enough after their cutover and that nobody uses; how many."""
    gone = 0
    for row in await pool.fetch(sql.load("namespaces")["due"]):
        try:
            async with pool.acquire() as connection, connection.transaction():
                # Whoever still reads it is not waited for; the next round comes in a minute.
                await connection.execute("SET LOCAL lock_timeout = '1s'")
                await connection.execute("SELECT catalog.drop_namespace($1, $2)", row["domain"], row["name"])
        except engine.DatabaseError as error:
            get_logger(__name__).warning("namespace.not_dropped", **dict(row), error=type(error).__name__)
            continue
        get_logger(__name__).info("namespace.dropped", **dict(row))
        gone += 1
    return gone


def _standing(row: Any) -> Standing:
    values = dict(row)
    space = Namespace(**{one.name: values.pop(one.name) for one in fields(Namespace)})
    report = values.pop("gate_report")
    return Standing(space=space, report=None if report is None else json.loads(report), **values)


def _named(name: str, domain: str) -> str:
    statement = sql.load("namespaces")[name].replace("{kept_until}", embeddings.KEPT_UNTIL)
    return statement.replace("{schema}", catalog.identifier(domain))
