"""What an operator has in these tests: a domain full of short live documents, a provider, a folder for revisions."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.db import content, embeddings
from app.settings import Settings
from app.simulator import vectors
from app.simulator.behaviour import Behaviour

DOMAIN, SMALL, LARGE = "ethics", "text-embedding-3-small", "text-embedding-3-large"
# More than two jobs of the queue.
DOCUMENTS = 250


@dataclass(frozen=True)
class Desk:
    """An operator's environment: the database, the provider, and a folder for revisions."""

    dsn: str
    provider: Behaviour
    environment: Mapping[str, str]

    @property
    def settings(self) -> Settings:
        """What a command of ours reads."""
        return Settings.from_env(self.environment)

    def with_(self, **more: str) -> Settings:
        """The same with some variables changed."""
        return Settings.from_env({**self.environment, **more})


async def fill(dsn: str) -> None:
    """Put the documents in, live and embedded; no test here asks what the first namespace's vectors mean."""
    async with content.open_desk(dsn) as made:
        rows = await made.fetch(_DOCUMENTS.replace("{domain}", DOMAIN), DOCUMENTS)
        space = await content.namespace(made, DOMAIN)
        made_up = vectors.embed([row["text"] for row in rows], space.dimensions)
        await embeddings.save(made, space, [row["id"] for row in rows], made_up)


_DOCUMENTS = """
WITH revision AS (
    INSERT INTO catalog.revisions (domain, kind, message, author) VALUES ('{domain}', 'apply', 'm', 'a') RETURNING id
), document AS (
    INSERT INTO {domain}.documents (key) SELECT 'd' || n FROM generate_series(1, $1::int) n RETURNING id, key
), version AS (
    INSERT INTO {domain}.versions (document_id, number, content_hash, status, revision_id, title, live_at)
    SELECT document.id, 1, 'h', 'live', revision.id, key, ops.now() FROM document, revision RETURNING id, title
), parent AS (
    INSERT INTO {domain}.parents (version_id, position, header, locator, text, tokens)
    SELECT id, 0, title, title, title, 1 FROM version RETURNING id, header
)
INSERT INTO {domain}.chunks (parent_id, position, header, text, tokens)
SELECT id, 0, header, 'Passage about duty ' || header, 5 FROM parent RETURNING id, text"""
