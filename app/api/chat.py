"""POST /chat: a question becomes a task, or is answered from the cache."""

import asyncio
import hashlib
import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, NoReturn
from uuid import UUID

from fastapi import APIRouter, Header, Response

from app.agents.answer import Answer
from app.api.bodies import Accepted, AnsweredFromCache, ChatRequest, Problem, Quota
from app.api.dependencies import AppParts, Parts, Student
from app.api.metrics import QUESTIONS
from app.db import gate
from app.db.enqueue import Asked
from app.db.gate import Gated, PostKey, Question
from app.errors import DailyLimit, KeyReused, NotFound, TooManyInFlight
from app.retrieval import intake

router = APIRouter(tags=["chat"])

# Seconds: an answer takes about as long.
_ASK_AGAIN = 3
# From the gate to the queue takes milliseconds, on a full machine a second.
_LOOKS, _LOOK_SECONDS = 40, 0.05


@router.post(
    "/chat",
    status_code=202,
    responses={
        200: {"model": AnsweredFromCache},
        202: {"model": Accepted},
        **{code: {"model": Problem} for code in (400, 401, 404, 413, 422, 429, 503)},
    },
    response_model=None,
)
async def ask(
    body: ChatRequest,
    response: Response,
    parts: AppParts,
    student: Student,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255, pattern=r"^[\x20-\x7e]+$")] = None,
) -> Accepted | AnsweredFromCache:
    """Ask a question. 202 means that it is on disk and will be answered; 200 brings the answer.

    The same post with the same Idempotency-Key, within 24 hours, gets the same status and task again and costs nothing.
    """
    ticket = secrets.token_urlsafe(32)
    asked = await intake.take(
        body.query,
        student=student,
        ticket=ticket,
        prompt_set=parts.resources.prompt_set,
        embedder=parts.resources.embedder,
    )
    key = PostKey(idempotency_key, _digest(body)) if idempotency_key else None
    gated = await _gated(parts, asked, body.session_id, key)
    QUESTIONS.labels(gated.outcome).inc()
    if gated.outcome not in {"hit", "miss", "repeat"}:
        _refuse(gated, parts)
    accepted = _accepted(gated, parts, ticket)
    if gated.answer is None:
        return accepted
    response.status_code = 200
    answer = Answer.model_validate(gated.answer)
    return AnsweredFromCache(**accepted.model_dump(exclude={"status", "cached"}), answer=answer)


def _digest(body: ChatRequest) -> bytes:
    said = json.dumps([body.query, str(body.session_id)])
    return hashlib.sha256(said.encode()).digest()


async def _gated(parts: Parts, asked: Question, session_id: UUID | None, key: PostKey | None) -> Gated:
    """What is decided about this question; when it is to be answered, that is on disk."""
    chat = parts.resources.settings.chat
    gated = await gate.gate(
        parts.resources.pool,
        asked,
        session_id=session_id,
        limit=chat.daily_limit,
        threshold=chat.cache_threshold,
        key=key,
        admit=parts.admission.open,
    )
    if gated.outcome == "limited" and key:
        # A repeat whose first post took the last unit a moment ago is not one too many.
        await _written_down(parts, asked.user_id)
        return await _enqueued(parts, asked, gated, key)
    return await _enqueued(parts, asked, gated, key) if gated.outcome == "miss" else gated


async def _written_down(parts: Parts, user_id: str) -> None:
    """Wait for a post of the student that is between gate and queue, two seconds at most."""
    for _ in range(_LOOKS):
        if not await gate.has_unit_taken(parts.resources.pool, user_id):
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def _enqueued(parts: Parts, asked: Question, gated: Gated, key: PostKey | None) -> Gated:
    """The same with what the queue made of it."""
    paid = gated.outcome == "miss"
    # Nothing before it in its session, and nothing of the student in it: all who ask it get the same answer.
    flies = not gated.has_window and asked.embedding is not None
    done = await parts.enqueuer.enqueue(Asked(asked, gated.session_id, gated.asked_at, paid, flies, key))
    if done.outcome == "accepted":
        if done.has_job:
            parts.admission.admitted()
        return gated
    used = gated.used - 1 if paid else gated.used
    if done.task_id is None or done.session_id is None:
        return replace(gated, outcome=done.outcome, used=used)
    return replace(
        gated, outcome=done.outcome, used=used, task_id=done.task_id, session_id=done.session_id, answer=done.answer
    )


def _accepted(gated: Gated, parts: Parts, ticket: str) -> Accepted:
    limit = parts.resources.settings.chat.daily_limit
    quota = Quota(limit=limit, remaining=max(0, limit - gated.used), resets_at=gated.resets_at)
    stream_url = f"/stream/{gated.task_id}?ticket={ticket}"
    return Accepted(task_id=gated.task_id, session_id=gated.session_id, stream_url=stream_url, quota=quota)


def _refuse(gated: Gated, parts: Parts) -> NoReturn:
    match gated.outcome:
        case "limited":
            seconds = (gated.resets_at - datetime.now(UTC)).total_seconds()
            raise DailyLimit(retry_after=max(1, round(seconds)))
        case "too_many":
            raise TooManyInFlight(retry_after=_ASK_AGAIN)
        case "key_reused":
            raise KeyReused
        case "busy":
            raise parts.admission.busy()
    raise NotFound("No such session, or it is not yours.")
