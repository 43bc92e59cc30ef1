"""What an apply would do, found out without writing anything: `ingest plan`."""

import time
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from app.amounts import amount
from app.db import content
from app.db.versions import NewVersion, StatusChange
from ingest import plan as rules
from ingest import pruning
from ingest.apply import removed
from ingest.impact import Impact, impact
from ingest.report import Report, found, some
from ingest.summary import Summary
from ingest.survey import Batch, Models, Wish, survey

# New texts are kept for the impact on questions up to so many chunks; more of them would not fit in memory.
_KEPT_CHUNKS = 5_000


@dataclass(slots=True)
class Foreseen:
    """What changes, for `impact`: what becomes of stored versions, the first of the new ones, and those that return."""

    summary: Summary
    changes: list[StatusChange] = field(default_factory=list)
    added: list[NewVersion] = field(default_factory=list)
    revived: list[UUID] = field(default_factory=list)
    kept_chunks: int = 0

    def note(self, batch: Batch) -> None:
        """Take in what a batch would change."""
        for step in batch.changes:
            self.changes += [*step.displaces, *step.replaces]
        self.revived += [step.revives.id for step in batch.revived if step.revives]
        for version in batch.versions:
            if self.kept_chunks < _KEPT_CHUNKS:
                self.added.append(version)
                self.kept_chunks += sum(len(parent.chunks) for parent in version.parents)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What an apply would do to the documents, to stored answers and to the golden questions."""

    summary: Summary
    impact: Impact

    def say(self, report: Report) -> None:
        """For people."""
        summary, effect = self.summary, self.impact
        for outcome in ("added", "changed", "revived", "removed"):
            some(report, outcome, summary.keys.get(outcome, []))
        found(report, summary)
        cost = "at an unknown price" if summary.cost is None else f"for {summary.cost:.4f} US dollars"
        report.say(f"to embed: {amount(summary.chunks, 'chunk')}, {amount(summary.tokens, 'token')}, {cost}")
        report.say(f"cached answers that die: {effect.cached_answers}")
        report.say(
            f"golden questions whose first five passages change: {len(effect.questions)} of {effect.asked}"
            + (f" ({effect.note})" if effect.note else "")
        )
        some(report, "question", [f"{one.id}: {one.question}" for one in effect.questions])
        report.say("nothing was written")

    def as_json(self) -> dict[str, object]:
        """For programs."""
        effect = self.impact
        questions = [{"id": one.id, "question": one.question} for one in effect.questions]
        said: dict[str, object] = {
            "cached_answers": effect.cached_answers,
            "golden": {"changed": questions, "asked": effect.asked, "note": effect.note or None},
        }
        return {**self.summary.as_json(), **said}


async def forecast(dsn: str, wish: Wish, models: Models, *, golden: Path, dense_weight: float) -> Forecast:
    """What `apply` with the same wish would do now, and to whom. Writes nothing.

    Raises:
        ConfigurationError: the domain is not there, or the wish contradicts itself.
    """
    foreseen = await foresee(dsn, wish, models)
    # A draft is not live before it is published: it changes no answer.
    effect = (
        Impact(0)
        if wish.draft
        else await impact(
            dsn,
            models.embedders,
            wish.domain,
            changes=foreseen.changes,
            added=foreseen.added,
            revived=foreseen.revived,
            golden=golden,
            dense_weight=dense_weight,
        )
    )
    return Forecast(foreseen.summary, effect)


async def foresee(dsn: str, wish: Wish, models: Models) -> Foreseen:
    """What `apply` with the same wish would do to the documents now. Writes nothing.

    Raises:
        ConfigurationError: the domain is not there, or the wish contradicts itself.
    """
    began = time.monotonic()
    foreseen = Foreseen(Summary(wish.domain, draft=wish.draft))
    if wish.prune:
        pruning.check(wish.paths)
    async with content.open_desk(dsn) as desk:
        await content.namespace(desk, wish.domain)
        seen: set[str] = set()
        async with aclosing(survey(desk, wish, models, foreseen.summary)) as batches:
            async for batch in batches:
                foreseen.note(batch)
                seen |= batch.seen.keys()
        if wish.prune:
            stored = await removed(desk, wish, seen, foreseen.summary)
            foreseen.changes += [change for versions in stored.values() for change in rules.removal(versions)]
    foreseen.summary.seconds = time.monotonic() - began
    return foreseen
