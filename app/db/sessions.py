"""Conversations: their window for follow-ups, and what their owner may read and delete."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.db import tables
from app.db.engine import Pool, Session

WINDOW_EXCHANGES = 10
WINDOW_IDLE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its finished answer."""

    question: str
    answer: str
    asked_at: datetime
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a session."""

    task_id: UUID
    role: str
    text: str
    created_at: datetime
    answer: dict[str, Any] | None


async def window(pool: Pool, *, session_id: UUID, before: datetime) -> list[Exchange]:
    """The exchanges a question accepted at `before` may lean on, oldest first.

    At most ten, finished by then, with no idle gap of over thirty minutes between them or up to `before`. Stopped
    answers and those no rung produced are no context.
    """
    rows = await pool.fetch(
        """SELECT t.question, t.answer ->> 'text' AS answer, t.accepted_at, t.finished_at FROM chat.tasks t
           WHERE t.session_id = $1 AND t.status = 'done' AND t.finished_at <= $2 AND NOT t.stopped AND t.tier <> 'none'
           ORDER BY t.finished_at DESC LIMIT $3""",
        session_id,
        before,
        WINDOW_EXCHANGES,
    )
    newest_first = [Exchange(*row) for row in rows]
    kept = []
    later = before
    for exchange in newest_first:
        if later - exchange.answered_at > WINDOW_IDLE:
            break
        kept.append(exchange)
        later = exchange.asked_at
    return kept[::-1]


async def list_for(session: Session, *, owner: str, limit: int = 100) -> list[dict[str, Any]]:
    """The owner's sessions, latest first."""
    s = tables.sessions
    rows = await session.execute(
        select(s.c.id.label("session_id"), s.c.title, s.c.created_at, s.c.last_active_at)
        .where(s.c.user_id == owner, s.c.deleted_at.is_(None))
        .order_by(s.c.last_active_at.desc())
        .limit(limit)
    )
    return [dict(row) for row in rows.mappings()]


async def title(session: Session, session_id: UUID, *, owner: str) -> str | None:
    """The session's title, or None when it is not the owner's."""
    s = tables.sessions
    found: str | None = await session.scalar(
        select(s.c.title).where(s.c.id == session_id, s.c.user_id == owner, s.c.deleted_at.is_(None))
    )
    return found


async def turns(session: Session, session_id: UUID, *, owner: str) -> list[Turn]:
    """All turns of the owner's session, oldest first; a question's answer follows it."""
    t, task, s = tables.turns, tables.tasks, tables.sessions
    rows = await session.execute(
        select(
            t.c.task_id,
            t.c.role,
            t.c.text,
            t.c.created_at,
            # Who left a run that goes on for others has an answer already.
            func.coalesce(task.c.left_answer, task.c.answer).label("answer"),
        )
        .join(task, task.c.id == t.c.task_id)
        .join(s, s.c.id == t.c.session_id)
        .where(t.c.session_id == session_id, s.c.user_id == owner, s.c.deleted_at.is_(None))
        .order_by(task.c.accepted_at, task.c.id, t.c.role.desc())
    )
    return [
        Turn(row.task_id, row.role, row.text, row.created_at, row.answer if row.role == "assistant" else None)
        for row in rows
    ]


async def delete(session: Session, session_id: UUID, *, owner: str) -> bool:
    """Hide the owner's session for good and forget what it asked the cache; False when there is none."""
    s, served, task = tables.sessions, tables.servings, tables.tasks
    gone = await session.execute(
        update(s)
        .where(s.c.id == session_id, s.c.user_id == owner, s.c.deleted_at.is_(None))
        .values(deleted_at=func.now())
        .returning(s.c.id)
    )
    if gone.first() is None:
        return False
    asked = select(task.c.id).where(task.c.session_id == session_id)
    await session.execute(update(served).where(served.c.task_id.in_(asked)).values(asked=None, stored=None))
    return True
