"""A namespace full of made-up vectors, with its index."""

import numpy as np

from app.db import catalog, embeddings, engine, namespace_index
from app.db.catalog import Namespace

ROWS = 400
_CHUNKS = """
WITH revision AS (
    INSERT INTO catalog.revisions (domain, kind, message, author) VALUES ('polity', 'apply', 'm', 'a') RETURNING id
), document AS (INSERT INTO polity.documents (key) VALUES ('k') RETURNING id
), version AS (
    INSERT INTO polity.versions (document_id, number, content_hash, status, revision_id, title)
    SELECT document.id, 1, 'h', 'live', revision.id, 't' FROM document, revision RETURNING id
), parent AS (
    INSERT INTO polity.parents (version_id, position, header, locator, text, tokens)
    SELECT id, 0, 'h', 'l', 't', 1 FROM version RETURNING id
)
INSERT INTO polity.chunks (parent_id, position, header, text, tokens)
SELECT id, n, 'h', 't', 1 FROM parent, generate_series(1, $1::int) n RETURNING id
"""


async def indexed(
    desk: engine.Connection, dimensions: int, *, rows: int = ROWS, clusters: int | None = 20
) -> Namespace:
    """A namespace of polity named other: random vectors around the middles of clusters, for live chunks.

    Without clusters nothing is near anything, which is as hard as it gets for an index.
    """
    chunks = await desk.fetch(_CHUNKS, rows)
    await desk.execute("SELECT catalog.begin_namespace('polity', 'other', 'other', $1)", dimensions)
    space = await other(desk)
    random = np.random.default_rng(7)
    vectors = random.standard_normal((rows, dimensions))
    if clusters:
        vectors += random.standard_normal((clusters, dimensions))[random.integers(0, clusters, rows)]
    await embeddings.save(desk, space, [row["id"] for row in chunks], vectors.astype(np.float32))
    assert await namespace_index.build(desk, space, warn=print)
    await desk.execute("ANALYZE polity.versions, polity.parents, polity.chunks")
    return space


async def other(desk: engine.Connection) -> Namespace:
    """That namespace as the catalog has it now."""
    return next(one for one in await catalog.live_namespaces(desk, "polity") if one.name == "other")
