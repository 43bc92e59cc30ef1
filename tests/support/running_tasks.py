"""Task rows as a worker leaves them, for tests of the stream that need no worker."""

import json
from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg

from app.agents import closing
from app.db.stream import Chunk

STUDENT = "reader"


async def begin(pool: asyncpg.Pool, *, count: int = 1, attempt: int = 1) -> list[UUID]:
    """So many tasks of STUDENT, running their attempt of this number."""
    ids = [uuid4() for _ in range(count)]
    await pool.execute(
        """WITH session AS (INSERT INTO chat.sessions (id, user_id, title) VALUES (uuidv7(), $2, 't') RETURNING id)
           INSERT INTO chat.tasks (id, user_id, session_id, question, normalised, fact_keys, language, prompt_set,
                                   status, attempt, runs, lease_until)
           SELECT t, $2, session.id, 'q', 'q', '{}', 'en', 'tests', 'running', $3, 1, now() + interval '1 hour'
           FROM session, unnest($1::uuid[]) AS t""",
        ids,
        STUDENT,
        attempt,
    )
    return ids


async def raise_attempt(pool: asyncpg.Pool, task: UUID) -> None:
    """Another worker has taken it over."""
    await pool.execute("UPDATE chat.tasks SET attempt = attempt + 1 WHERE id = $1", task)


async def finish(pool: asyncpg.Pool, task: UUID, *, text: str, last_seq: int, seconds_ago: float = 0) -> dict:
    """Its answer is committed; returns it."""
    answer = closing.left(task).model_dump(mode="json") | {"text": text, "stopped": False}
    await pool.execute(
        """UPDATE chat.tasks SET status = 'done', lease_until = NULL, answer = $2, last_seq = $3, sources = '[]',
                  route = '{"intent":"factual","domains":["polity"],"confidence":1.0}',
                  finished_at = ops.now() - $4 * interval '1 second' WHERE id = $1""",
        task,
        json.dumps(answer),
        last_seq,
        seconds_ago,
    )
    return answer


def token(task: UUID, seq: int, text: str, *, attempt: int = 1) -> Chunk:
    """One `token` event."""
    return Chunk(task, attempt, seq, "token", json.dumps({"text": text}, ensure_ascii=False))


def tokens(task: UUID, texts: Sequence[str], *, first: int = 1, attempt: int = 1) -> list[Chunk]:
    """`token` events with these texts, numbered from `first`."""
    return [token(task, seq, text, attempt=attempt) for seq, text in enumerate(texts, start=first)]


def done(task: UUID, seq: int, answer: dict, *, attempt: int = 1) -> Chunk:
    """The end."""
    return Chunk(task, attempt, seq, "done", json.dumps({"answer": answer}, ensure_ascii=False))
