"""A student's conversations, and the passages their answers cite."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from app.api.bodies import PassageDetail, Problem, SessionDetail, SessionList, SessionTurn
from app.api.dependencies import AppParts, SessionId, Student, known_id
from app.db import passages, sessions
from app.errors import NotFound

router = APIRouter(tags=["sessions"])
_ERRORS: dict[int | str, dict[str, Any]] = {code: {"model": Problem} for code in (401, 404, 429, 503)}


@router.get("/sessions", responses=_ERRORS)
async def list_all(parts: AppParts, student: Student) -> SessionList:
    """The student's latest hundred conversations."""
    async with parts.resources.sessions() as session:
        return SessionList.model_validate({"sessions": await sessions.list_for(session, owner=student)})


@router.get("/sessions/{session_id}", responses=_ERRORS)
async def read(session_id: SessionId, parts: AppParts, student: Student) -> SessionDetail:
    """One conversation with all its turns."""
    async with parts.resources.sessions() as session:
        title = await sessions.title(session, session_id, owner=student)
        if title is None:
            raise NotFound
        turns = await sessions.turns(session, session_id, owner=student)
    return SessionDetail(session_id=session_id, title=title, turns=[_turn(turn) for turn in turns])


def _turn(turn: sessions.Turn) -> SessionTurn:
    said = {"task_id": turn.task_id, "role": turn.role, "text": turn.text, "created_at": turn.created_at}
    return SessionTurn.model_validate((turn.answer or {}) | said)


@router.delete("/sessions/{session_id}", status_code=204, responses=_ERRORS)
async def delete(session_id: SessionId, parts: AppParts, student: Student) -> None:
    """Take a conversation out of the student's sight for good."""
    async with parts.resources.sessions.begin() as session:
        if not await sessions.delete(session, session_id, owner=student):
            raise NotFound


def _parent_id(request: Request, parent_id: Annotated[str, Path(description="a parent's id")]) -> UUID:
    del parent_id
    return known_id(request, "parent_id")


@router.get("/passages/{domain}/{parent_id}", responses=_ERRORS, tags=["passages"])
async def passage(
    domain: str, parent_id: Annotated[UUID, Depends(_parent_id)], parts: AppParts, student: Student
) -> PassageDetail:
    """The text behind a citation, also of a version that is no longer live."""
    del student
    found = await passages.get(parts.resources.pool, domain, parent_id)
    if found is None:
        raise NotFound
    return PassageDetail.model_validate(found, from_attributes=True)
