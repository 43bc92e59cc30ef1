"""The baseline: the same steps as an ordinary application takes them, through SQLAlchemy's async session.

Written to be fair: one transaction, rows read only where a decision needs them, the same SQL function for the look-up,
the same indexes, and on a hit the same relaxed durability as ours. It is spared our count of a day's first question.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import registry

from app.db import engine, tables
from app.db.gate import Question

_mapping = registry()
_LOOKUP = text(
    "SELECT id, route, sources, answer FROM cache.lookup("
    ":normalised, CAST(:embedding AS real[])::vector, :keys, :language, :prompt_set, 0.92)"
)


class _Row:
    """What all mapped classes share."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


class ChatSession(_Row):
    """A row of chat.sessions."""


class Task(_Row):
    """A row of chat.tasks."""


class Turn(_Row):
    """A row of chat.turns."""


class StreamKey(_Row):
    """A row of chat.stream_keys."""


for _kind, _table in (
    (ChatSession, tables.sessions),
    (Task, tables.tasks),
    (Turn, tables.turns),
    (StreamKey, tables.stream_keys),
):
    _mapping.map_imperatively(_kind, _table)


class OrmPath:
    """`ask` does what chat.gate and chat.enqueue do, statement by statement."""

    def __init__(self, hits: async_sessionmaker[AsyncSession], misses: async_sessionmaker[AsyncSession]) -> None:
        self._hits = hits
        self._misses = misses

    async def hit(self, question: Question, *, session_id: UUID, limit: int) -> bool:
        """Answer a stored question; False when it was not found."""
        return await self._ask(self._hits, question, session_id, limit)

    async def miss(self, question: Question, *, session_id: UUID, limit: int) -> bool:
        """Enqueue a new question, durably; False when it was not new."""
        return not await self._ask(self._misses, question, session_id, limit)

    async def _ask(
        self, sessions: async_sessionmaker[AsyncSession], question: Question, session_id: UUID, limit: int
    ) -> bool:
        async with sessions.begin() as session:
            chat = await _own_session(session, session_id, question.user_id)
            await _take_unit(session, question.user_id, limit)
            entry = None
            if not await _has_window(session, session_id):
                entry = (await session.execute(_LOOKUP, _key(question))).one_or_none()
            chat.last_active_at = func.now()
            if entry:
                await _save_hit(session, question, session_id, entry)
            else:
                await _save_miss(session, question, session_id)
            session.add(
                StreamKey(
                    hash=question.ticket_hash,
                    task_id=question.task_id,
                    kind="ticket",
                    expires_at=func.now() + timedelta(seconds=60),
                )
            )
        return entry is not None


def _key(question: Question) -> dict[str, Any]:
    return {
        "normalised": question.normalised,
        "embedding": question.embedding,
        "keys": list(question.fact_keys),
        "language": question.language,
        "prompt_set": question.prompt_set,
    }


async def _own_session(session: AsyncSession, session_id: UUID, student: str) -> Any:
    wanted = select(ChatSession).where(
        tables.sessions.c.id == session_id,
        tables.sessions.c.user_id == student,
        tables.sessions.c.deleted_at.is_(None),
    )
    return (await session.scalars(wanted)).one()


async def _take_unit(session: AsyncSession, student: str, limit: int) -> None:
    counters = tables.rate_counters
    upsert = insert(counters).values(user_id=student, day=func.chat.today(), used=1)
    upsert = upsert.on_conflict_do_update(
        index_elements=[counters.c.user_id, counters.c.day], set_={"used": counters.c.used + 1},
        where=counters.c.used < limit,
    )  # fmt: skip
    (await session.execute(upsert.returning(counters.c.used))).scalar_one()


async def _has_window(session: AsyncSession, session_id: UUID) -> bool:
    done = select(tables.tasks.c.id).where(
        tables.tasks.c.session_id == session_id,
        tables.tasks.c.status == "done",
        tables.tasks.c.finished_at > func.now() - timedelta(minutes=30),
    )
    return (await session.execute(done.limit(1))).first() is not None


async def _save_hit(session: AsyncSession, question: Question, session_id: UUID, entry: Any) -> None:
    given = entry.answer | {"task_id": str(question.task_id), "tier": "cache", "cached": True, "is_fallback": False}
    session.add(
        _task(question, session_id, status="done", route=entry.route, sources=entry.sources, answer=given,
              started_at=func.now(), first_words_at=func.now(), finished_at=func.now())
    )  # fmt: skip
    session.add(_turn(question, session_id, "user", question.text))
    session.add(_turn(question, session_id, "assistant", given["text"]))
    hits = tables.entry_hits
    upsert = insert(hits).values(entry_id=entry.id, hits=1, last_hit_at=func.now())
    await session.execute(
        upsert.on_conflict_do_update(
            index_elements=[hits.c.entry_id], set_={"hits": hits.c.hits + 1, "last_hit_at": func.now()}
        )
    )


async def _save_miss(session: AsyncSession, question: Question, session_id: UUID) -> None:
    job = (await session.execute(select(func.chat.defer_answer(question.task_id)))).scalar_one()
    session.add(_task(question, session_id, status="queued", job_id=job))
    session.add(_turn(question, session_id, "user", question.text))


def _task(question: Question, session_id: UUID, **more: Any) -> Task:
    return Task(
        id=question.task_id,
        user_id=question.user_id,
        session_id=session_id,
        question=question.text,
        normalised=question.normalised,
        fact_keys=list(question.fact_keys),
        language=question.language,
        prompt_set=question.prompt_set,
        attempt=0,
        runs=0,
        refunded=False,
        withheld=0,
        answer_calls=0,
        reserved_tokens_in=0,
        reserved_tokens_out=0,
        reserved_money=0,
        accepted_at=func.now(),
        **more,
    )


def _turn(question: Question, session_id: UUID, role: str, words: str) -> Turn:
    return Turn(task_id=question.task_id, role=role, session_id=session_id, text=words, created_at=func.now())


@asynccontextmanager
async def open_orm_path(dsn: str) -> AsyncIterator[OrmPath]:
    """Two pools of one connection each: hits commit without waiting for the disk, as ours do."""
    async with _sessions(dsn, synchronous_commit="off") as hits, _sessions(dsn) as misses:
        yield OrmPath(hits, misses)


@asynccontextmanager
async def _sessions(dsn: str, **settings: str) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    made = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: engine.connect(dsn, application="bench-orm", settings=settings),
        pool_size=1,
        max_overflow=0,
        json_serializer=json.dumps,
    )
    try:
        yield async_sessionmaker(made, expire_on_commit=False)
    finally:
        await made.dispose()
