"""Makes the stored answer out of what was written, found and spent."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from app.agents import citations, prompts, refusal
from app.agents.answer import Answer, Intent, PromptRef, Source, Tier, Usage
from app.agents.ask import Ask
from app.agents.events import Finished
from app.agents.ladder import Written
from app.agents.prompts import Prompt
from app.agents.rung import Assignment
from app.agents.sentences import Splitter
from app.retrieval.calls import CallLog
from app.retrieval.passage import Retrieved


def finished(ask: Ask, assignment: Assignment, found: Retrieved, written: Written) -> Finished:
    """The end of a turn that some rung wrote."""
    if written.stored is not None:
        return from_stored(ask, written.stored, entry=written.entry, fallback=written.fell, found=found)
    answer = _answer(ask, assignment, found, written)
    cited = [] if answer.refused else citations.cited_passages(answer.text, assignment.passages)
    first_rung = not answer.is_fallback and written.tier != "none"
    return Finished(
        answer=answer,
        cacheable=first_rung and not answer.refused and bool(cited) and _repeatable(ask, assignment, written),
        question=assignment.question,
        produced=written.tier != "none",
        versions=tuple(dict.fromkeys((p.domain, p.version_id, p.namespace_id) for p in cited)),
        namespaces=found.namespaces,
        withheld=written.withheld,
        left_out=written.left_out,
    )


def _repeatable(ask: Ask, assignment: Assignment, written: Written) -> bool:
    """Whether the next student may get the same words.

    Not when it tells of a day that the question names, because stored answers are of today. Not when a model had the
    session before it (the quoting rung sees the standalone question alone), and not when a fifth or more of what was
    written was withheld: what is left may have lost its thread, and a new try costs little.
    """
    shown = Splitter()
    sentences = len([*shown.feed(written.text), *shown.finish()])
    history_free = not ask.history or written.tier == "extractive"
    return assignment.day is None and history_free and written.withheld * 5 < sentences + written.withheld


def refused(ask: Ask, intent: Intent, tier: Tier, text: str, found: Retrieved) -> Finished:
    """The end of a turn without evidence: nothing is cited, nothing is stored. `tier` would have answered."""
    answer = blank(ask, intent, tier).model_copy(
        update={"text": text, "refused": True, "is_fallback": found.degraded, **spent(ask)}
    )
    return Finished(answer, cacheable=False, produced=True, versions=(), namespaces=found.namespaces)


def from_stored(
    ask: Ask, stored: Answer, *, entry: UUID | None, fallback: bool, found: Retrieved | None = None
) -> Finished:
    """The end of a turn that an answer written for an earlier question ends."""
    answer = stored.model_copy(
        update={"task_id": ask.task_id, "tier": "cache", "cached": True, "is_fallback": fallback, **spent(ask)}
    )
    used = found.namespaces if found else ()
    return Finished(answer, cacheable=False, produced=True, versions=(), namespaces=used, served=entry)


def stopped(ask: Ask, intent: Intent, tier: Tier, text: str, sources: Sequence[Source]) -> Answer:
    """The partial answer of a turn that its student stopped; `text` is what was shown."""
    cited = citations.cited(text, sources)
    return blank(ask, intent, tier).model_copy(update={"text": text, "citations": cited, "stopped": True, **spent(ask)})


def left(
    task_id: UUID,
    tier: Tier = "none",
    text: str = "",
    route: Mapping[str, Any] | None = None,
    sources: Sequence[Mapping[str, Any]] = (),
) -> Answer:
    """The answer of a student who left before the run's end, or before any run: what was shown, at nobody's cost."""
    intent: Intent = route["intent"] if route else "factual"
    cited = citations.cited(text, [Source.model_validate(source) for source in sources])
    shown = {"text": text, "citations": cited, "stopped": True}
    return _empty(task_id, intent, tier if text else "none").model_copy(update=shown)


def blank(ask: Ask, intent: Intent, tier: Tier) -> Answer:
    """An answer without a word, to be filled in."""
    return _empty(ask.task_id, intent, tier)


def _empty(task_id: UUID, intent: Intent, tier: Tier) -> Answer:
    return Answer(
        task_id=task_id,
        text="",
        citations=[],
        intent=intent,
        tier=tier,
        model=None,
        is_fallback=False,
        refused=False,
        stopped=False,
        cached=False,
        as_of=None,
        prompt=_reference(prompts.load(intent)),
        usage=Usage(),
        latency_ms=0,
    )


def spent(ask: Ask) -> dict[str, Usage | int]:
    """What the turn has used up to now, as the answer's fields."""
    latency = datetime.now(UTC) - ask.accepted_at
    # The database's clock said when the question came; it may be a little ahead of ours.
    return {"usage": usage(ask.log), "latency_ms": max(0, round(latency.total_seconds() * 1000))}


def usage(log: CallLog) -> Usage:
    """The sum of all calls; one unknown price makes the cost unknown."""
    costs = [call.cost for call in log.calls]
    known = [cost for cost in costs if cost is not None]
    return Usage(
        tokens_in=sum(call.tokens_in for call in log.calls),
        tokens_out=sum(call.tokens_out for call in log.calls),
        cost=float(sum(known)) if len(known) == len(costs) else None,
        calls=len(costs),
    )


def _answer(ask: Ask, assignment: Assignment, found: Retrieved, written: Written) -> Answer:
    refuses = refusal.is_refusal(written.text)
    no_citations = refuses or written.tier == "none"
    return blank(ask, assignment.intent, written.tier).model_copy(
        update={
            "text": written.text,
            "citations": [] if no_citations else citations.cited(written.text, written.sources),
            "model": written.model,
            "is_fallback": written.fell or found.degraded,
            "refused": refuses,
            "as_of": None if no_citations else _day(assignment, written.text),
            **spent(ask),
        }
    )


def _day(assignment: Assignment, text: str) -> date | None:
    if assignment.day is not None:
        return assignment.day
    cited = citations.cited_passages(text, assignment.passages)
    return citations.as_of(cited, dated=assignment.intent == "current_affairs")


def _reference(prompt: Prompt) -> PromptRef:
    return PromptRef(name=prompt.name, sha256=prompt.sha256)
