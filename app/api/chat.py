"""POST /chat: a question becomes a task, or is answered from the cache."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Response

from app.agents.answer import Answer
from app.api.bodies import Accepted, AnsweredFromCache, ChatRequest, Problem, Quota
from app.api.dependencies import AppParts, Student
from app.api.metrics import QUESTIONS
from app.db import gate
from app.db.gate import Gated
from app.errors import DailyLimit, NotFound
from app.retrieval import intake

router = APIRouter(tags=["chat"])


@router.post(
    "/chat",
    status_code=202,
    responses={
        200: {"model": AnsweredFromCache},
        202: {"model": Accepted},
        **{code: {"model": Problem} for code in (401, 404, 413, 422, 429, 503)},
    },
    response_model=None,
)
async def ask(body: ChatRequest, response: Response, parts: AppParts, student: Student) -> Accepted | AnsweredFromCache:
    """Ask a question. 202 means that it is on disk and will be answered; 200 brings the answer."""
    pool = parts.resources.pool
    chat = parts.resources.settings.chat
    limit = chat.daily_limit
    ticket = secrets.token_urlsafe(32)
    asked = await intake.take(
        body.query,
        student=student,
        ticket=ticket,
        prompt_set=parts.resources.prompt_set,
        embedder=parts.resources.embedder,
    )
    gated = await gate.gate(pool, asked, session_id=body.session_id, limit=limit, threshold=chat.cache_threshold)
    session_id = _admitted(gated)
    stream_url = f"/stream/{asked.task_id}?ticket={ticket}"
    quota = Quota(limit=limit, remaining=max(0, limit - gated.used), resets_at=gated.resets_at)
    QUESTIONS.labels(gated.outcome).inc()
    if gated.outcome == "hit":
        response.status_code = 200
        return AnsweredFromCache(
            task_id=asked.task_id,
            session_id=session_id,
            stream_url=stream_url,
            quota=quota,
            answer=Answer.model_validate(gated.answer),
        )
    await gate.enqueue(pool, asked, session_id=session_id)
    return Accepted(task_id=asked.task_id, session_id=session_id, stream_url=stream_url, quota=quota)


def _admitted(gated: Gated) -> UUID:
    if gated.outcome == "limited":
        QUESTIONS.labels("limited").inc()
        seconds = (gated.resets_at - datetime.now(UTC)).total_seconds()
        raise DailyLimit(retry_after=max(1, round(seconds)))
    if gated.outcome == "no_session" or gated.session_id is None:
        raise NotFound("No such session, or it is not yours.")
    return gated.session_id
