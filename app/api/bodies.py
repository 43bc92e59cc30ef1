"""What comes in and goes out over HTTP, apart from the answer itself."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.agents.answer import Answer, Citation, Tier


class ChatRequest(BaseModel):
    """A question, in a new session or an existing one."""

    model_config = ConfigDict(extra="forbid")

    query: str
    session_id: UUID | None = None


class Quota(BaseModel):
    """Today's questions, by the Indian calendar."""

    limit: int
    remaining: int
    resets_at: datetime


class Accepted(BaseModel):
    """A question that waits for its answer."""

    task_id: UUID
    session_id: UUID
    status: Literal["queued"] = "queued"
    cached: Literal[False] = False
    stream_url: str
    quota: Quota


class AnsweredFromCache(BaseModel):
    """A question whose answer was there already; its stream and task can be read like any other's."""

    task_id: UUID
    session_id: UUID
    status: Literal["done"] = "done"
    cached: Literal[True] = True
    stream_url: str
    quota: Quota
    answer: Answer


class Unfinished(BaseModel):
    """A task without an answer yet, or one that failed."""

    task_id: UUID
    status: Literal["queued", "running", "failed"]
    attempt: int


class Stopping(BaseModel):
    """A task asked to stop; it may have ended before."""

    task_id: UUID
    status: Literal["running", "queued", "done", "failed"]


class FeedbackRequest(BaseModel):
    """A student's verdict."""

    model_config = ConfigDict(extra="forbid")

    score: Literal[0, 1]
    comment: str | None = Field(None, max_length=2_000)


class SessionSummary(BaseModel):
    """One conversation in the list."""

    session_id: UUID
    title: str
    created_at: datetime
    last_active_at: datetime


class SessionList(BaseModel):
    """The student's conversations, latest first."""

    sessions: list[SessionSummary]


class SessionTurn(BaseModel):
    """One message. An assistant's carries what its answer says of itself."""

    task_id: UUID
    role: Literal["user", "assistant"]
    text: str
    created_at: datetime
    citations: list[Citation] = []
    tier: Tier | None = None
    is_fallback: bool | None = None
    refused: bool | None = None
    stopped: bool | None = None
    cached: bool | None = None
    as_of: date | None = None


class SessionDetail(BaseModel):
    """A conversation with all its turns, oldest first."""

    session_id: UUID
    title: str
    turns: list[SessionTurn]


class PassageDetail(BaseModel):
    """The text behind a citation; `live` False when students are no longer answered from it."""

    domain: str
    parent_id: UUID
    document_id: UUID
    version: int
    title: str
    locator: str
    text: str
    effective_from: date | None
    effective_to: date | None
    live: bool


class Problem(BaseModel):
    """RFC 9457, with a code of ours."""

    type: str
    title: str
    status: int
    detail: str
    code: str
