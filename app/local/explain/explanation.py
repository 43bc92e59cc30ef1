"""What `prashna explain` says of one question, and that as JSON. A step that was not asked for is not there."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.agents.answer import Answer
from app.agents.supervisor import Route
from app.agents.withheld import Withheld
from app.retrieval.passage import Passage


@dataclass(frozen=True, slots=True)
class Routed:
    """The supervisor's decision; `domains` are all that are searched, `fact_keys` the standalone question's."""

    route: Route
    domains: tuple[str, ...]
    fact_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage that was found. `number` is its source number in the answer, None when it is not one of its sources."""

    passage: Passage
    document_key: str | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A search that the specialist made, whether it found evidence, why, and how many passages it was given."""

    question: str
    domains: tuple[str, ...]
    answerable: bool
    reason: str
    found: int


@dataclass(frozen=True, slots=True)
class Retrieval:
    """`answerable` is False when the student is told that there is no answer; `nearest` are the topics then named."""

    passages: tuple[Shown, ...]
    searches: tuple[Asked, ...]
    answerable: bool
    nearest: tuple[str, ...]
    degraded: bool


@dataclass(frozen=True, slots=True)
class CacheDecision:
    """What the gate would do. `decision`: `exact`, `near`, `miss`, or `not_looked_up` for what is only one student's.

    The entry is the one served, else the nearest. `veto` is what speaks against it beside its similarity, None when
    nothing does.
    """

    decision: str
    threshold: float
    asked_keys: tuple[str, ...]
    entry: UUID | None = None
    question: str | None = None
    similarity: float | None = None
    cached_keys: tuple[str, ...] | None = None
    veto: tuple[str, ...] | None = None

    @property
    def served(self) -> bool:
        """Whether a stored answer is given."""
        return self.decision in ("exact", "near")


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer as it would be written now, without a look into the cache, and what was kept out of it."""

    answer: Answer
    withheld: tuple[Withheld, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One question; None for what was not asked for."""

    query: str
    routed: Routed | None = None
    retrieval: Retrieval | None = None
    cache: CacheDecision | None = None
    answered: Answered | None = None


def as_json(one: Explanation) -> str:
    """One compact line."""
    told: dict[str, Any] = {"query": one.query}
    if one.routed:
        told["route"] = _route(one.routed)
    if one.retrieval:
        told |= _retrieval(one.retrieval)
    if one.cache:
        told["cache"] = _cache(one.cache)
    if one.answered:
        told["answer"] = _answer(one.answered)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _route(routed: Routed) -> dict[str, Any]:
    route = routed.route
    return {
        "intent": route.intent,
        "domains": routed.domains,
        "confidence": round(route.confidence, 4),
        "standalone_question": route.standalone_question,
        "filters": route.filters.model_dump(mode="json"),
        "fact_keys": routed.fact_keys,
    }


def _retrieval(retrieval: Retrieval) -> dict[str, Any]:
    searches = [
        {
            "question": one.question,
            "domains": one.domains,
            "answerable": one.answerable,
            "reason": one.reason,
            "found": one.found,
        }
        for one in retrieval.searches
    ]
    return {
        "passages": [_passage(rank, one) for rank, one in enumerate(retrieval.passages, 1)],
        "evidence": {
            "answerable": retrieval.answerable,
            "nearest": retrieval.nearest,
            "degraded": retrieval.degraded,
            "searches": searches,
        },
    }


def _passage(rank: int, shown: Shown) -> dict[str, Any]:
    passage = shown.passage
    return {
        "rank": rank,
        "chunk_id": None if passage.chunk_id is None else str(passage.chunk_id),
        "parent_id": str(passage.parent_id),
        "domain": passage.domain,
        "document_key": shown.document_key,
        "title": passage.title,
        "locator": passage.locator,
        "scores": {
            "dense": _rounded(passage.dense),
            "text": _rounded(passage.text_rank),
            "fused": _rounded(passage.score),
            "structured": passage.structured,
        },
        "used": shown.number is not None,
        "n": shown.number,
    }


def _cache(cache: CacheDecision) -> dict[str, Any]:
    return {
        "decision": cache.decision,
        "served": cache.served,
        "threshold": cache.threshold,
        "entry_id": None if cache.entry is None else str(cache.entry),
        "cached": cache.question,
        "similarity": _rounded(cache.similarity),
        "asked_keys": cache.asked_keys,
        "cached_keys": cache.cached_keys,
        "veto": cache.veto,
    }


def _answer(answered: Answered) -> dict[str, Any]:
    # Nobody can ask for the task: there is none.
    told = answered.answer.model_dump(mode="json", exclude={"task_id"})
    return told | {"withheld": [_withheld(one) for one in answered.withheld]}


def _withheld(one: Withheld) -> dict[str, Any]:
    return {"sentence": one.sentence.strip(), "reason": one.reason, "tier": one.tier}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
