"""What operators are told in the database, beside the log."""

import json
from collections.abc import Mapping
from typing import Any

from app.db.engine import Connection


async def add(
    connection: Connection, *, event: str, domain: str | None, message: str, details: Mapping[str, Any]
) -> None:
    """Keep one notice in ops.notices; `event` is noun.verb, as in the log."""
    await connection.execute(
        "INSERT INTO ops.notices (event, domain, message, details) VALUES ($1, $2, $3, $4::jsonb)",
        event,
        domain,
        message,
        json.dumps(details),
    )
