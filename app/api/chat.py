"""POST /chat: a question becomes a task, or is answered from the cache."""

import hashlib
import secrets
from datetime import UTC, datetime
from uuid import UUID, uuid4

from fastapi import APIRouter, Response

from app.agents.answer import Answer
from app.api.bodies import Accepted, AnsweredFromCache, ChatRequest, Problem, Quota
from app.api.dependencies import AppParts, Student
from app.api.metrics import QUESTIONS
from app.db import gate
from app.db.engine import ConnectionLost, DatabaseError, Pool
from app.db.gate import Gated, Question
from app.errors import DailyLimit, InvalidText, NotFound, QueryTooLong
from app.retrieval import fact_keys, question

MAX_CHARACTERS = 4_000

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
    limit = parts.resources.settings.chat.daily_limit
    ticket = secrets.token_urlsafe(32)
    asked = _question(body.query, student, ticket, parts.resources.prompt_set)
    gated = await gate.gate(pool, asked, session_id=body.session_id, limit=limit)
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
    await _enqueue(pool, asked, session_id)
    return Accepted(task_id=asked.task_id, session_id=session_id, stream_url=stream_url, quota=quota)


def _question(query: str, student: str, ticket: str, prompt_set: str) -> Question:
    if len(query) > MAX_CHARACTERS:
        raise QueryTooLong
    text = question.clean(query).strip()
    if not text:
        raise InvalidText("The question is empty.")
    return Question(
        task_id=uuid4(),
        user_id=student,
        text=text,
        normalised=question.normalise(text),
        fact_keys=fact_keys.fact_keys(text),
        language=question.language(text),
        prompt_set=prompt_set,
        ticket_hash=hashlib.sha256(ticket.encode()).digest(),
    )


def _admitted(gated: Gated) -> UUID:
    if gated.outcome == "limited":
        QUESTIONS.labels("limited").inc()
        seconds = (gated.resets_at - datetime.now(UTC)).total_seconds()
        raise DailyLimit(retry_after=max(1, round(seconds)))
    if gated.outcome == "no_session" or gated.session_id is None:
        raise NotFound("No such session, or it is not yours.")
    return gated.session_id


async def _enqueue(pool: Pool, asked: Question, session_id: UUID) -> None:
    try:
        await gate.enqueue(pool, asked, session_id=session_id)
    except (DatabaseError, *ConnectionLost, TimeoutError):
        # Whether it was committed is not always known; the unit goes back only when the task is not there.
        await gate.return_unit_of_lost(pool, asked)
        raise
