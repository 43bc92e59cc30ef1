"""What a chat worker does with a task, in this process: real database, real clients, our own deadlines."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from agent_samples import DOMAINS, MINIMUM_AGE, NAMESPACE, GivenPassages, Shelf
from support.event_reader import Event, check_whole

from app.agents.rung import Rung
from app.agents.specialists.library import Library
from app.agents.supervisor import Router
from app.agents.turn import ChatTurn
from app.db import stream
from app.db.stream import Chunk
from app.jobs.answering import Answering
from app.jobs.leases import Leases
from app.jobs.stream_writer import StreamWriter
from app.resources import Resources, beside, open_resources
from app.retrieval.reranker import FusedOrder, Reranker
from app.settings import Settings


@dataclass
class Desk:
    """Takes in questions and answers them at once, any number at a time."""

    resources: Resources
    writer: StreamWriter
    leases: Leases

    def turn(self, router: Router, rungs: Sequence[Rung], reranker: Reranker | None = None) -> ChatTurn:
        """A turn over given passages."""
        library = Library(GivenPassages(), reranker or FusedOrder(), None)  # type: ignore[arg-type]
        return ChatTurn(router=router, library=library, rungs=rungs, lookup=Shelf().lookup, domains=DOMAINS)

    async def accept(self, question: str = MINIMUM_AGE) -> UUID:
        """A task that waits for its run."""
        task = uuid4()
        await self.resources.pool.execute(
            """WITH session AS (
                   INSERT INTO chat.sessions (id, user_id, title) VALUES (uuidv7(), 'student', 't') RETURNING id)
               INSERT INTO chat.tasks (id, user_id, session_id, question, normalised, fact_keys, language, prompt_set,
                                       status)
               SELECT $1, 'student', id, $2, lower($2), '{}', 'en', 'tests', 'queued' FROM session""",
            task,
            question,
        )
        return task

    async def answer(self, turn: ChatTurn, task: UUID | None = None) -> tuple[list[Event], dict[str, Any]]:
        """What a client is told of a task, and its answer: nothing lost, nothing doubled, stored as it was shown."""
        task = task or await self.accept()
        await Answering(self.resources, turn, self.writer, self.leases).answer(task)
        await self.writer.drain()
        seen = await self._events(task)
        answer = check_whole(seen)
        row = await self.resources.pool.fetchrow(
            """SELECT t.status, t.answer, u.text, t.answer -> 'usage' AS used,
                      (SELECT jsonb_build_object('tokens_in', coalesce(sum(tokens_in), 0), 'calls', count(*),
                              'tokens_out', coalesce(sum(tokens_out), 0))
                       FROM ops.llm_calls WHERE task_id = t.id) AS paid
               FROM chat.tasks t JOIN chat.turns u ON u.task_id = t.id AND u.role = 'assistant' WHERE t.id = $1""",
            task,
        )
        assert (row["status"], json.loads(row["answer"]), row["text"]) == ("done", answer, answer["text"])
        assert json.loads(row["paid"]).items() <= json.loads(row["used"]).items()
        return seen, answer

    async def _events(self, task: UUID) -> list[Event]:
        rows = await self.resources.pool.fetch(
            "SELECT task_id, attempt, seq, event, data FROM chat.stream_chunks WHERE task_id = $1"
            " ORDER BY attempt, seq",
            task,
        )
        chunks = [event for row in rows for event in stream.events(Chunk(*row.values()))]
        return [Event(one.attempt, one.seq, one.event, json.loads(one.data or "null")) for one in chunks]


@asynccontextmanager
async def open_desk(dsn: str) -> AsyncIterator[Desk]:
    """A desk over this database."""
    settings = Settings.from_env({"DATABASE_URL": dsn, "PRASHNA_JWT_SECRET": "x" * 32, "PRASHNA_POOL_SIZE": "8"})
    async with open_resources(settings, dsn, application="desk") as resources:
        # The one that the given passages are of.
        await resources.pool.execute(
            "INSERT INTO catalog.namespaces (id, domain, name, model, dimensions, status)"
            " VALUES ($1, 'polity', 'given', 'given', 384, 'dropped')",
            NAMESPACE,
        )
        leases = Leases(resources.pool)
        writer = StreamWriter(dsn, fenced=leases.fenced)
        async with beside(writer.run(), leases.run()):
            yield Desk(resources, writer, leases)
            await asyncio.wait_for(writer.drain(), 5)
