"""Content put straight into a domain's tables, for tests that need it there and not how it came."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.db import engine
from app.retrieval import titles
from app.retrieval.fact_keys import fact_keys
from app.retrieval.minilm import MiniLM


@dataclass(frozen=True)
class Text:
    """One document with one parent and one chunk."""

    title: str
    text: str
    status: str = "live"
    effective_from: date | None = None
    effective_to: date | None = None
    year: int | None = None
    paper: str | None = None
    published_on: date | None = None


async def store(connection: engine.Connection, model: MiniLM, domain: str, texts: Sequence[Text]) -> list[UUID]:
    """Write `texts` with their embeddings; returns the parents' ids in order."""
    vectors = model.embed_now([f"{text.title}\n{text.text}" for text in texts])
    revision = await connection.fetchval(
        "INSERT INTO catalog.revisions (domain, kind, message, author) VALUES ($1, 'apply', 'm', 'a') RETURNING id",
        domain,
    )
    return [
        await _store_one(connection, domain, text, vector.tolist(), revision)
        for text, vector in zip(texts, vectors, strict=True)
    ]


async def _store_one(
    connection: engine.Connection, domain: str, text: Text, vector: list[float], revision: int
) -> UUID:
    keys = {*fact_keys(text.title), *titles.keys(text.title)} | ({f"year:{text.year}"} if text.year else set())
    keys |= set(fact_keys(text.paper or ""))
    version = await connection.fetchval(
        f"""WITH document AS (INSERT INTO {domain}.documents (key) VALUES (uuidv7()::text) RETURNING id)
            INSERT INTO {domain}.versions (document_id, number, content_hash, status, revision_id, title,
                                           effective_from, effective_to, year, paper, published_on)
            SELECT id, 1, $1, $2, $3, $4, $5, $6, $7, $8, $9 FROM document RETURNING id""",
        hashlib.sha256(text.text.encode()).hexdigest(),
        text.status,
        revision,
        text.title,
        text.effective_from,
        text.effective_to,
        text.year,
        text.paper,
        text.published_on,
    )
    parent: UUID = await connection.fetchval(
        f"""INSERT INTO {domain}.parents (version_id, position, header, locator, text, tokens, fact_keys)
            VALUES ($1, 0, $2, $2, $3, 10, $4) RETURNING id""",
        version,
        text.title,
        text.text,
        sorted(keys),
    )
    await connection.execute(
        f"""WITH chunk AS (INSERT INTO {domain}.chunks (parent_id, position, header, text, tokens)
                           VALUES ($1, 0, $2, $3, 10) RETURNING id)
            INSERT INTO {domain}.embeddings_minilm_int8 (chunk_id, embedding)
            SELECT id, $4::float4[]::vector FROM chunk""",
        parent,
        text.title,
        text.text,
        vector,
    )
    return parent
