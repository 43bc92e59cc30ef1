"""Documents put straight into a domain's tables, for tests that cite them and do not search."""

from dataclasses import dataclass
from uuid import UUID

from app.agents.answer import Citation
from app.db import engine


@dataclass(frozen=True)
class Placed:
    """One version with one parent, and the active namespace of its domain."""

    domain: str
    document_id: UUID
    version_id: UUID
    parent_id: UUID
    namespace_id: UUID

    @property
    def citation(self) -> Citation:
        """The pointer an answer would carry."""
        return Citation(
            n=1,
            domain=self.domain,
            document_id=self.document_id,
            version=1,
            parent_id=self.parent_id,
            title="Article 19",
            locator="Article 19",
            snippet="All citizens shall have the right to freedom of speech.",
        )


async def place(connection: engine.Connection | engine.Pool, domain: str = "polity", *, status: str = "live") -> Placed:
    """Write one document with a version of that status."""
    row = await connection.fetchrow(
        f"""WITH revision AS (INSERT INTO catalog.revisions (domain, kind, message, author)
                              VALUES ('{domain}', 'apply', 'm', 'a') RETURNING id),
                 document AS (INSERT INTO {domain}.documents (key) VALUES (uuidv7()::text) RETURNING id),
                 version AS (INSERT INTO {domain}.versions (document_id, number, content_hash, status, revision_id,
                                                            title, effective_from, live_at)
                             SELECT document.id, 1, 'hash', $1, revision.id, 'Article 19', '1950-01-26',
                                    CASE WHEN $1 <> 'draft' THEN ops.now() END
                             FROM document, revision RETURNING id, document_id)
            INSERT INTO {domain}.parents (version_id, position, header, locator, text, tokens)
            SELECT id, 0, 'Article 19', 'Article 19', 'All citizens shall have the right to freedom of speech.', 11
            FROM version RETURNING id, version_id, (SELECT document_id FROM version)""",
        status,
    )
    namespace = await connection.fetchval(
        "SELECT id FROM catalog.namespaces WHERE domain = $1 AND status = 'active'", domain
    )
    return Placed(domain, row["document_id"], row["version_id"], row["id"], namespace)


async def set_status(connection: engine.Connection | engine.Pool, placed: Placed, status: str) -> None:
    """Change what the version is to students."""
    await connection.execute(
        f"UPDATE {placed.domain}.versions SET status = $2 WHERE id = $1", placed.version_id, status
    )
