"""One task: its answer, its stream, its end, its verdict."""

import hashlib
import secrets
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Cookie, Header, Query, Request, Response

from app.agents import closing
from app.agents.answer import Answer, Tier
from app.api import frames
from app.api.bodies import FeedbackRequest, Problem, Stopping, Unfinished
from app.api.dependencies import AppParts, OptionalStudent, Parts, Student, TaskId, failed, peer
from app.api.event_stream import EventStream
from app.api.frames import EventId
from app.db import stops, stream, tasks
from app.db.stops import Shown
from app.errors import NotFound
from app.retrieval import question

router = APIRouter(tags=["tasks"])
_ERRORS: dict[int | str, dict[str, Any]] = {code: {"model": Problem} for code in (401, 404, 422, 429, 503)}
COOKIE = "prashna_stream"


@router.get("/tasks/{task_id}", responses={202: {"model": Unfinished}, **_ERRORS}, response_model=None)
async def read(task_id: TaskId, response: Response, parts: AppParts, student: Student) -> Answer | Unfinished:
    """The answer once it is there (200), before that the state (202). A task that failed stays at 202, `failed`."""
    state = await tasks.state(parts.resources.pool, task_id, owner=student)
    if state is None:
        raise NotFound
    if state.answer is not None:
        return Answer.model_validate(state.answer)
    response.status_code = 202
    return Unfinished.model_validate({"task_id": task_id, "status": state.status, "attempt": state.attempt})


@router.get(
    "/stream/{task_id}",
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "the events of design section 8"},
        204: {"description": "the client has seen the end"},
        **_ERRORS,
    },
    response_class=Response,
)
async def follow(
    request: Request,
    task_id: TaskId,
    parts: AppParts,
    student: OptionalStudent,
    ticket: Annotated[str | None, Query(max_length=200)] = None,
    cookie: Annotated[str | None, Cookie(alias=COOKIE, max_length=200)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """The task's events from after `Last-Event-ID`, by token, by ticket (once), or by the cookie it became."""
    issued: str | None = None
    # Before any work for it: who comes too many is told so at once, with the ticket unused.
    with parts.hub.place():
        if student is None:
            student, issued = await _holder(request, parts, task_id, ticket, cookie)
        state = await tasks.state(parts.stream_pool, task_id, owner=student)
        if state is None:
            raise NotFound
        position = EventId.parse(last_event_id)
        if frames.at_end(state, position):
            return Response(status_code=204)
        response = EventStream(parts.hub, await parts.hub.attach(state, position))
    if issued:
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, issued, path=f"/stream/{task_id}", httponly=True, samesite="strict", secure=secure, max_age=3600
        )
    return response


async def _holder(
    request: Request, parts: Parts, task_id: UUID, ticket: str | None, cookie: str | None
) -> tuple[str, str | None]:
    """Whose stream this cookie or ticket opens, and the cookie a ticket has become."""
    if not (cookie or ticket):
        raise failed(request, parts.peers)
    parts.key_peers.check(peer(request))
    if cookie:
        owner = await stream.cookie_owner(parts.stream_pool, cookie_hash=_digest(cookie), task_id=task_id)
        if owner:
            return owner, None
    if ticket:
        fresh = secrets.token_urlsafe(32)
        owner = await stream.use_ticket(
            parts.stream_pool, ticket_hash=_digest(ticket), task_id=task_id, cookie_hash=_digest(fresh)
        )
        if owner:
            return owner, fresh
    raise failed(request, parts.key_peers)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="replace")).digest()


@router.post("/tasks/{task_id}/stop", status_code=202, responses=_ERRORS)
async def stop(task_id: TaskId, parts: AppParts, student: Student) -> Stopping:
    """End the task soon; its stream ends with `done` and the partial text. A finished task stays as it is."""
    tier: Tier = "primary" if parts.resources.settings.models.llm == "openai" else "extractive"

    def answer(shown: Shown) -> dict[str, Any]:
        made = closing.left(task_id, tier, shown.text, shown.route, shown.sources)
        latency = round((shown.left_at - shown.asked_at).total_seconds() * 1000)
        return made.model_copy(update={"latency_ms": latency}).model_dump(mode="json")

    status = await stops.request_stop(parts.stream_pool, task_id, owner=student, answer=answer)
    if status is None:
        raise NotFound
    return Stopping(task_id=task_id, status=status)


@router.post("/tasks/{task_id}/feedback", status_code=204, responses={400: {"model": Problem}, **_ERRORS})
async def judge(task_id: TaskId, body: FeedbackRequest, parts: AppParts, student: Student) -> None:
    """Keep a verdict on the answer; a later one replaces it."""
    comment = question.clean(body.comment) if body.comment else None
    kept = await tasks.save_feedback(parts.resources.pool, task_id, owner=student, score=body.score, comment=comment)
    if not kept:
        raise NotFound
