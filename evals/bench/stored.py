"""What the gate's benchmark finds in the database: live content, a full cache, and sessions to ask in."""

import json
import random
import secrets
from uuid import UUID, uuid4

from app.db.engine import Connection
from app.db.gate import Question

PROMPT_SET = "bench"
STUDENTS = 500
_DOMAIN = "polity"
_DOCUMENTS = 60
_SENTENCE = "The Constitution of India sets out how this office is filled and for how long it is held. [1] "

_CONTENT = """
    WITH revision AS (
        INSERT INTO catalog.revisions (domain, kind, message, author)
        VALUES ('polity', 'apply', 'bench', 'bench') RETURNING id
    ), documents AS (
        INSERT INTO polity.documents (key) SELECT 'bench ' || i FROM generate_series(1, $1::integer) i RETURNING id
    )
    INSERT INTO polity.versions (document_id, number, content_hash, status, revision_id, title)
    SELECT documents.id, 1, md5(documents.id::text), 'live', revision.id, 'bench' FROM documents, revision
"""
_ENTRIES = """
    INSERT INTO cache.entries (question, normalised, embedding, fact_keys, language, prompt_set, route, sources,
                               answer, expires_at)
    SELECT 'Stored question ' || i, 'stored question ' || i,
           (SELECT array_agg(random() - 0.5 + 0 * (i + place)) FROM generate_series(1, 384) place)::real[]::vector,
           ARRAY['ask:what', 'number:' || i, 'term:question', 'term:stored'], 'en', $2, $3, $4, $5,
           now() + interval '1 day'
    FROM generate_series(1, $1::integer) i
"""
_SOURCES = """
    INSERT INTO cache.entry_sources (entry_id, domain, version_id, namespace_id)
    SELECT e.id, 'polity', v.id, n.id
    FROM (SELECT id, row_number() OVER () AS i FROM cache.entries) e
    JOIN (SELECT id, row_number() OVER () AS i, count(*) OVER () AS n FROM polity.versions) v
      ON v.i IN (1 + e.i % v.n, 1 + (e.i + 1) % v.n)
    JOIN catalog.namespaces n ON n.domain = 'polity' AND n.status = 'active'
"""


async def fill(connection: Connection, *, entries: int) -> None:
    """Live documents and `entries` usable cache entries, each citing two of them."""
    await make_content(connection)
    source = {"n": 1, "domain": _DOMAIN, "title": "Article 52", "locator": "Article 52", "snippet": _SENTENCE * 2}
    stored = {"text": _SENTENCE * 10, "citations": [source] * 2, "intent": "factual", "tier": "extractive"}
    route = {"intent": "factual", "domains": [_DOMAIN], "confidence": 0.9}
    await connection.execute(
        _ENTRIES, entries, PROMPT_SET, json.dumps(route), json.dumps([source] * 5), json.dumps(stored)
    )
    await cite(connection)


async def make_content(connection: Connection) -> None:
    """Live documents."""
    await connection.execute(_CONTENT, _DOCUMENTS)


async def cite(connection: Connection) -> None:
    """Let each cache entry cite two of the documents, which makes it usable."""
    await connection.execute(_SOURCES)
    await connection.execute("VACUUM ANALYZE")


class Asking:
    """Makes questions, each in a session of its own, so that no earlier one gives it a window."""

    def __init__(self, connection: Connection, *, entries: int) -> None:
        self._connection = connection
        self._entries = entries
        self._count = 0
        # Its making is no part of what is measured; the embedder's memory gives it to the API as ready.
        self._embedding = [random.random() - 0.5 for _ in range(384)]
        self._sessions: list[tuple[UUID, str]] = []

    async def sessions(self, count: int) -> None:
        """Have this many sessions ready."""
        made = [(uuid4(), f"student-{number % STUDENTS}") for number in range(count)]
        await self._connection.executemany(
            "INSERT INTO chat.sessions (id, user_id, title) VALUES ($1, $2, 'bench')", made
        )
        self._sessions += made

    def hit(self) -> tuple[UUID, Question]:
        """A session and a question that has been answered before."""
        self._count += 1
        # A step that shares no factor with the usual sizes visits all entries, far from one another.
        return self._ask(f"stored question {1 + self._count * 7_919 % self._entries}")

    def miss(self) -> tuple[UUID, Question]:
        """A session and a question that nobody has asked."""
        self._count += 1
        return self._ask(f"new question {self._count}")

    def _ask(self, normalised: str) -> tuple[UUID, Question]:
        session_id, student = self._sessions.pop()
        question = Question(
            task_id=uuid4(),
            user_id=student,
            text=normalised.capitalize(),
            normalised=normalised,
            embedding=self._embedding,
            fact_keys=("ask:what", f"number:{normalised.rpartition(' ')[2]}", "term:new", "term:question"),
            language="en",
            prompt_set=PROMPT_SET,
            ticket_hash=secrets.token_bytes(32),
        )
        return session_id, question
