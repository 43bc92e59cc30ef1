"""The live set of one domain loaded into a new one: what retrieval would be if nothing had ever been changed."""

from app.db import catalog, content, embeddings
from app.db.catalog import Namespace
from app.db.engine import Connection
from app.retrieval.embedder import Embedders

_COPY = """
INSERT INTO {new}.documents (key) SELECT key FROM {old}.documents WHERE EXISTS (
    SELECT FROM {old}.versions WHERE document_id = documents.id AND status = 'live') ORDER BY key;
INSERT INTO {new}.versions (document_id, number, content_hash, status, revision_id, title, effective_from, effective_to,
                            year, paper, subject, marks, published_on, metadata, live_at)
SELECT fresh.id, versions.number, content_hash, status, revision_id, title, effective_from, effective_to,
       year, paper, subject, marks, published_on, metadata, ops.now()
FROM {old}.versions JOIN {old}.documents ON documents.id = document_id JOIN {new}.documents AS fresh USING (key)
WHERE status = 'live' ORDER BY key, number;
INSERT INTO {new}.parents (version_id, position, header, locator, text, tokens, fact_keys)
SELECT fresh.id, position, header, locator, text, tokens, fact_keys
FROM {old}.parents JOIN {old}.versions ON versions.id = version_id JOIN {old}.documents ON documents.id = document_id
JOIN {new}.documents AS ours USING (key)
JOIN {new}.versions AS fresh ON fresh.document_id = ours.id AND fresh.number = versions.number;
INSERT INTO {new}.chunks (parent_id, position, header, text, tokens)
SELECT fresh.id, chunks.position, chunks.header, chunks.text, chunks.tokens
FROM {old}.chunks JOIN {old}.parents ON parents.id = parent_id JOIN {old}.versions ON versions.id = parents.version_id
JOIN {old}.documents ON documents.id = document_id JOIN {new}.documents AS ours USING (key)
JOIN {new}.versions AS known ON known.document_id = ours.id AND known.number = versions.number
JOIN {new}.parents AS fresh ON fresh.version_id = known.id AND fresh.position = parents.position;
"""


async def load(desk: Connection, old: str, new: str, embedders: Embedders) -> None:
    """Make the domain `new` with what is live in `old`, embedded by the model that serves it."""
    [active] = await catalog.live_namespaces(desk, old, ["active"])
    await catalog.add_domain(desk, name=new, intent="factual", model=active.model, dimensions=active.dimensions)
    await desk.execute(_COPY.format(old=old, new=new))
    [space] = await catalog.live_namespaces(desk, new, ["active"])
    rows = await desk.fetch(f"SELECT id FROM {new}.versions")
    await _embed(desk, space, [row["id"] for row in rows], embedders)
    await content.analyze(desk, new)


async def _embed(desk: Connection, space: Namespace, versions: list[object], embedders: Embedders) -> None:
    waiting = await embeddings.missing(desk, space, versions, 10_000)  # type: ignore[arg-type]
    if waiting:
        vectors = await embedders.of(space.model).embed([one.text for one in waiting])
        await embeddings.save(desk, space, [one.chunk_id for one in waiting], vectors)
