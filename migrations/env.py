"""Alembic's entry: runs migrations over the async engine, each in its own transaction."""

import asyncio
import os
from collections.abc import Mapping
from typing import Any

from alembic import context
from sqlalchemy import Connection, Table
from sqlalchemy.sql.schema import SchemaItem

from app.db import cutover_files
from app.db import engine as db_engine
from app.db.ops_tables import metadata


def _include_name(name: str | None, type_: str, parents: Mapping[str, str | None]) -> bool:
    # Domain and queue schemas are made by functions; tests compare those with each other.
    if type_ == "schema":
        return name in {"catalog", "chat", "cache", "ops"}
    return True


def _include_object(item: SchemaItem, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    return not (isinstance(item, Table) and reflected and item.schema is None)


def _run(connection: Connection) -> None:
    options: dict[str, Any] = {
        "target_metadata": metadata,
        "include_schemas": True,
        "include_name": _include_name,
        "include_object": _include_object,
        "transaction_per_migration": True,
        "version_table_schema": "public",
        # In the transaction of each step: a file that is lost can be written again.
        "on_version_apply": cutover_files.keep_text,
    }
    context.configure(connection=connection, **options)
    with context.begin_transaction():
        context.run_migrations()


async def _main() -> None:
    # alembic.ini's own command line knows no dsn; it is for developers with DATABASE_URL set.
    dsn = context.config.attributes.get("dsn") or os.environ["DATABASE_URL"]
    engine = db_engine.create(dsn, pooled=False)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


asyncio.run(_main())
