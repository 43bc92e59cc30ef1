"""What one chat turn says while it runs. The worker turns these into the stream's events."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.agents.answer import Answer, Intent, Source
from app.agents.withheld import Withheld

Stage = Literal["routing", "retrieving", "writing"]


@dataclass(frozen=True, slots=True)
class StageReached:
    """The turn has begun a stage."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class RouteChosen:
    """The supervisor has decided. `domains` are those that will be searched."""

    intent: Intent
    domains: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """The passages the answer may cite, numbered from 1."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class TextShown:
    """Verified text to append to what the student sees."""

    text: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """A lower tier starts over after words were shown; everything shown so far is void."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The end. `answer.text` is the TextShown texts since the last Restarted, joined byte for byte.

    `cacheable` says that this answer may be stored: first configured rung, not refused, history-free, hardly withheld;
    `question` is the standalone question it answers. `served` is the cache entry that it was taken from.
    `versions` pairs each cited version with its domain and the namespace that found it. `produced` is False when no
    rung answered, so that the student's quota unit is returned. `left_out` is what was withheld, for operators.
    """

    answer: Answer
    cacheable: bool
    produced: bool
    versions: tuple[tuple[str, UUID, UUID], ...]
    namespaces: tuple[UUID, ...]
    withheld: int = 0
    question: str | None = None
    served: UUID | None = None
    left_out: tuple[Withheld, ...] = ()


ChatEvent = StageReached | RouteChosen | SourcesFound | TextShown | Restarted | Finished
