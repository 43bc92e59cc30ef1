"""What a change of content would do, asked before it is made. Nothing here writes."""

import json
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from app.db import catalog, sql
from app.db.engine import Pool
from app.db.versions import Details, NewChunk, NewParent, NewVersion

# Texts in one statement: a tenth of a second of parsing.
_BATCH = 500


async def dying(pool: Pool, domain: str, version_ids: Sequence[UUID]) -> int:
    """How many stored answers that may be served now cite one of these versions."""
    count: int = await pool.fetchval(sql.load("impact")["dying"], domain, list(version_ids))
    return count


async def ranks(pool: Pool, texts: Sequence[str], lexemes: Sequence[str]) -> list[dict[int, float]]:
    """For each text its full-text rank by lexeme (counted from 0), as search ranks stored chunks; without the zeros."""
    found: list[dict[int, float]] = [{} for _ in texts]
    for start in range(0, len(texts) if lexemes else 0, _BATCH):
        batch = list(texts[start : start + _BATCH])
        for row in await pool.fetch(sql.load("impact")["ranks"], batch, list(lexemes)):
            found[start + row["number"] - 1][row["place"] - 1] = row["rank"]
    return found


async def stored(pool: Pool, domain: str, version_ids: Sequence[UUID]) -> dict[UUID, NewVersion]:
    """Stored versions by id with their texts, as they came in."""
    statement = sql.load("impact")["texts"].replace("{schema}", catalog.identifier(domain))
    rows = await pool.fetch(statement, list(version_ids))
    return {version: _version(list(group)) for version, group in groupby(rows, itemgetter("version_id"))}


def _version(rows: Sequence[Any]) -> NewVersion:
    first = rows[0]
    names = ("effective_from", "year", "paper", "subject", "marks", "published_on")
    return NewVersion(
        key=first["key"],
        document_id=first["document_id"],
        number=first["number"],
        content_hash=first["content_hash"],
        title=first["title"],
        details=Details(**{name: first[name] for name in names}, metadata=json.loads(first["metadata"])),
        parents=tuple(_parent(list(group)) for _, group in groupby(rows, itemgetter("parent_id"))),
    )


def _parent(rows: Sequence[Any]) -> NewParent:
    first = rows[0]
    return NewParent(
        header=first["header"],
        locator=first["locator"],
        text=first["text"],
        tokens=first["tokens"],
        fact_keys=tuple(first["fact_keys"]),
        chunks=tuple(NewChunk(row["chunk_header"], row["chunk_text"], row["chunk_tokens"]) for row in rows),
    )
