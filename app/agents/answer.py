"""The answer as it is stored, streamed in `done` and returned by GET /tasks/{id}."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

Intent = Literal["factual", "pyq", "essay", "current_affairs"]
Tier = Literal["primary", "secondary", "cache", "extractive", "none"]


class Citation(BaseModel):
    """A numbered pointer to a parent of a version; `snippet` has at most 200 characters."""

    model_config = ConfigDict(frozen=True)

    n: int
    domain: str
    document_id: UUID
    version: int
    parent_id: UUID
    title: str
    locator: str
    snippet: str


class Source(Citation):
    """What the `sources` event lists: a citation and the day its text was published, where it has one."""

    published_on: date | None = None


class PromptRef(BaseModel):
    """Which prompt file was in force: its name and content hash. `tag` is for LangSmith, which comes later."""

    model_config = ConfigDict(frozen=True)

    name: str
    tag: str | None = None
    sha256: str


class Usage(BaseModel):
    """The sum of the task's rows in ops.llm_calls; `cost` in US dollars, null when one price is not known."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = 0.0
    calls: int = 0


class Answer(BaseModel):
    """One finished answer. `citations` holds the parents that the text cites, in order of first mention."""

    task_id: UUID
    text: str
    citations: list[Citation]
    intent: Intent
    tier: Tier
    model: str | None
    is_fallback: bool
    refused: bool
    stopped: bool
    cached: bool
    as_of: date | None
    prompt: PromptRef
    usage: Usage
    latency_ms: int
