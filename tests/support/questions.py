"""Questions and answers as rows: what the gate is given and what a worker would have written."""

import json
import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from app.agents import closing
from app.agents.answer import Citation
from app.db import engine, tasks
from app.db.gate import Question
from app.db.tasks import Ending, RunningTask
from app.retrieval import question as questions
from app.retrieval.guard.guarded import guard

PROMPT_SET = "tests:extractive"
# An embedding that is as near as can be to that of every entry in `stored_answers`: keys alone tell them apart.
SAME_DIRECTION = [1.0] + [0.0] * 383


def asked(user: str, text: str = "Which freedoms does Article 19 give?", **changes: Any) -> Question:
    """A question of `user` on its way through the gate, with a new task id and ticket."""
    fields: dict[str, Any] = {
        "task_id": uuid4(),
        "user_id": user,
        "text": text,
        "normalised": questions.normalise(text),
        "embedding": SAME_DIRECTION,
        "fact_keys": guard(text).keys,
        "language": "en",
        "prompt_set": PROMPT_SET,
        "ticket_hash": secrets.token_bytes(32),
    }
    return Question(**(fields | changes))


def answer(task_id: UUID, text: str = "Six freedoms [1].", citation: Citation | None = None) -> dict[str, Any]:
    """An extractive answer as it is stored."""
    made = closing.left(task_id).model_copy(
        update={"text": text, "stopped": False, "tier": "extractive", "citations": [citation] if citation else []}
    )
    return made.model_dump(mode="json")


async def finish(connection: engine.Connection | engine.Pool, task_id: UUID, text: str = "Six freedoms [1].") -> None:
    """End a task as its worker would have a few seconds ago: nothing of its stream is still on its way."""
    await connection.execute(
        "UPDATE chat.tasks SET status = 'done', answer = $2, attempt = 1, runs = 1, last_seq = 4,"
        " route = '{}', sources = '[]', finished_at = ops.now() - interval '5 seconds' WHERE id = $1",
        task_id,
        json.dumps(answer(task_id, text)),
    )
    await connection.execute(
        "INSERT INTO chat.turns (task_id, role, session_id, text, created_at)"
        " SELECT id, 'assistant', session_id, $2, ops.now() FROM chat.tasks WHERE id = $1",
        task_id,
        text,
    )


async def exchange(
    connection: engine.Connection | engine.Pool, session_id: UUID, user: str, *, at: datetime, answered: datetime
) -> UUID:
    """A finished exchange of the past in a session, made where it is missing; the task's id."""
    task_id = uuid4()
    await connection.execute(
        "INSERT INTO chat.sessions (id, user_id, title) VALUES ($1, $2, 'past') ON CONFLICT DO NOTHING",
        session_id,
        user,
    )
    await connection.execute(
        """INSERT INTO chat.tasks (id, user_id, session_id, question, normalised, fact_keys, language, prompt_set,
                                   status, answer, accepted_at, finished_at)
           VALUES ($1, $2, $3, $4, '', '{}', 'en', '', 'done', $5, $6, $7)""",
        task_id,
        user,
        session_id,
        f"asked at {at:%H:%M:%S}",
        json.dumps(answer(task_id, f"answered at {answered:%H:%M:%S}")),
        at,
        answered,
    )
    return task_id


def ending(task_id: UUID, text: str = "Six freedoms [1].", **changes: Any) -> Ending:
    """What a worker commits when it has answered."""
    fields: dict[str, Any] = {
        "answer": answer(task_id, text),
        "route": {"intent": "factual", "domains": ["polity"], "confidence": 0.9},
        "sources": [],
        "namespaces": [],
        "withheld": 2,
        "last_seq": 9,
        "refund": False,
        "first_words_at": datetime.now(UTC),
        "cache_entry": None,
    }
    return Ending(**(fields | changes))


async def begin(pool: engine.Pool, task_id: UUID) -> RunningTask:
    """The task as a worker has it that has just begun it."""
    running = await tasks.start(pool, task_id)
    assert running is not None
    return running


async def end(pool: engine.Pool, running: RunningTask, ended: Ending | None = None) -> None:
    """Finish it as its worker would."""
    async with pool.acquire() as connection:
        await tasks.finish(connection, running, ended or ending(running.id), attempt=running.attempt)
