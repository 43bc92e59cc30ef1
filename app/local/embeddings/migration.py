"""`prashna embeddings migrate`: one domain's way to another model. Each step finds out what is done already.

A run that was killed anywhere is continued by the next one: nothing is kept but in the database and the file tree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.amounts import amount
from app.db import catalog, cutover_files, cutovers, embeddings, namespace_index, namespaces
from app.db.catalog import Namespace
from app.db.cutover_files import Step
from app.db.namespaces import Workload
from app.errors import ConfigurationError, CutoverRefused
from app.local.embeddings import filling, gate, target
from app.local.embeddings.alarm import raise_alarm
from app.local.embeddings.bar import Bar
from app.local.embeddings.operator import Operator, Say, open_operator
from app.local.embeddings.target import Target
from app.settings import Settings
from app.telemetry import get_logger

log = get_logger(__name__)

# A gate that passed is asked again when it is older, or the content or the active namespace is another one.
_FRESH = timedelta(hours=24)
# Versions may become live between the last look and the flip; then it is filled once more.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Intent:
    """What a migration is going to do, for whoever has to say yes. `there` counts chunks embedded already."""

    domain: str
    active: str
    target: Target
    work: Workload
    there: int

    def __str__(self) -> str:
        """In a line."""
        cost = self.target.cost(self.work.tokens)
        price = "of unknown cost" if cost is None else f"{cost:.4f} US dollars"
        done = f", {self.there} of them embedded already" if self.there else ""
        chunks, tokens = f"{amount(self.work.chunks, 'chunk')}{done}", amount(self.work.tokens, "token")
        return f"{self.domain}: {self.active} -> {self.target.model}, {chunks}, {tokens}, {price}"


async def intent(settings: Settings, dsn: str, domain: str, model: str) -> Intent | None:
    """What migrating `domain` to `model` comes to; None where it is on that model already. Writes nothing.

    Raises:
        ConfigurationError: no such domain or model.
        CutoverRefused: another migration of it is under way.
    """
    chosen = target.known(model)
    async with open_operator(settings, dsn, domain, _nobody) as operator:
        active, found = await _standing(operator, chosen)
        if active.model == model:
            return None
        there = (await embeddings.progress(operator.connection, found)).done if found else 0
        return Intent(domain, active.model, chosen, await _work(operator), there)


async def migrate(settings: Settings, dsn: str, domain: str, model: str, say: Say) -> None:
    """Make, fill, index, measure, judge and cut over; `say` hears of each step.

    Raises:
        ConfigurationError: something to set or install first; says what.
        CutoverRefused: it stopped, with the domain still served by its old namespace; says why.
    """
    chosen = target.known(model)
    async with open_operator(settings, dsn, domain, say) as operator:
        cutover_files.check_writable(operator.revisions)
        active, space = await _standing(operator, chosen)
        if active.model == model:
            say(f"{domain} is served by {model} already.")
            return
        await _work(operator)
        await _warn_early(operator)
        await target.probe(settings, dsn, chosen)
        if space is None:
            space = await _made(operator, chosen)
        await _filled(operator, space)
        report = await _proved(operator, space, active)
        await _cut_over(operator, space, active)
        _tell_end(operator, space, active, report)


async def _standing(operator: Operator, chosen: Target) -> tuple[Namespace, Namespace | None]:
    """The active namespace, and the one of the model that is there to go on with."""
    spaces = await catalog.live_namespaces(operator.connection, operator.domain, ("active", "building", "retiring"))
    [active] = [one for one in spaces if one.status == "active"]
    [*half] = [one for one in spaces if one.status == "building" and one.model != chosen.model]
    if half and active.model != chosen.model:
        raise CutoverRefused(
            f"{operator.domain} is being migrated to {half[0].model}: finish that with `prashna embeddings migrate "
            f"--domain {operator.domain} --to {half[0].model}`, or give it up with `prashna embeddings rollback "
            f"--domain {operator.domain}`"
        )
    return active, next((one for one in spaces if one.status != "active" and one.model == chosen.model), None)


async def _work(operator: Operator) -> Workload:
    work = await namespaces.workload(operator.connection, operator.domain)
    if not work.chunks:
        raise CutoverRefused(f"{operator.domain} has no content, by which a model could be judged: put some in first")
    return work


async def _warn_early(operator: Operator) -> None:
    # Said before money is spent; it stops only where the gate is due.
    try:
        await gate.check_ready(operator.settings)
        gate.check_questions(operator.settings, operator.domain)
    except ConfigurationError as error:
        operator.say(f"note: this will stop before the cutover: {error}")


async def _made(operator: Operator, chosen: Target) -> Namespace:
    name = await namespaces.free_name(operator.connection, operator.domain, chosen.model)
    step = Step(operator.domain, "creation", name, chosen.model, chosen.dimensions)
    path = await cutovers.advance(operator.dsn, step, revisions=operator.revisions)
    operator.say(f"made the namespace {operator.domain}/{name}: {path}")
    _, space = await _standing(operator, chosen)
    if space is None:
        raise CutoverRefused(f"{operator.domain}/{name} was taken away by another command")
    return space


async def _filled(operator: Operator, space: Namespace) -> None:
    with Bar(f"embedding {space.domain} by {space.model}", operator.say) as bar:
        await filling.fill(operator, space, bar.show)


async def _proved(operator: Operator, space: Namespace, active: Namespace) -> Mapping[str, Any]:
    """The stored report of a namespace whose index, recall and gate are good enough."""
    connection, label = operator.connection, f"{space.domain}/{space.name}"
    if not await namespace_index.valid(connection, space):
        operator.say(f"index of {label}: building it beside the service")
    built = await namespace_index.build(connection, space, warn=lambda text: operator.say(f"note: {text}"))
    planned = await namespace_index.check_planned(connection, space)
    operator.say(f"index of {label}: {'built' if built else 'there'} and valid, {_said_planned(planned=planned)}")
    content = await namespaces.content_revision(connection, space.domain)
    before = await _passed_before(operator, space, active, content)
    if before is not None and not built:
        operator.say(f"gate of {label}: passed at {before['made']}")
        return before
    report = await _report(operator, space, active, planned=planned)
    report["content"] = content
    report["made"] = datetime.now(UTC).isoformat(timespec="seconds")
    await namespaces.keep_report(connection, space, report)
    if not report["passed"]:
        message = f"{space.domain} stays on {active.model}; {space.model} was not cut over to: {report['reason']}"
        await raise_alarm(operator, "embedding_gate.failed", message, report)
        raise CutoverRefused(message)
    return report


async def _report(operator: Operator, space: Namespace, active: Namespace, *, planned: bool) -> dict[str, Any]:
    label = f"{space.domain}/{space.name}"
    measured = await namespace_index.recall(operator.connection, space)
    report: dict[str, Any] = {
        "passed": False,
        "against": {"id": str(active.id), "name": active.name, "model": active.model},
        "index_planned": planned,
        "recall": measured.plain() if measured else None,
    }
    if measured is None:
        return report | {"reason": "nothing is live in it, so nothing can be proved"}
    operator.say(
        f"recall of {label}: {measured.recall:.3f} of exact search, {amount(measured.queries, 'vector')}, "
        f"ef_search {measured.ef_search}"
    )
    if measured.recall < namespace_index.LEAST_RECALL:
        return report | {"reason": f"recall is {measured.recall:.3f}, at least {namespace_index.LEAST_RECALL} is asked"}
    await namespaces.search_with(operator.connection, space, measured.ef_search)
    if not await namespace_index.is_planned(operator.connection, space, measured.ef_search):
        report["index_planned"] = False
        if planned:
            operator.say(f"index of {label}: with that ef_search the planner reads all rows instead, which is exact")
    operator.say(f"gate of {label}: asking the golden questions (minutes)")
    verdict = await gate.run(operator.settings, operator.dsn, space, operator.say)
    operator.say(f"gate of {label}: {verdict.result.get('verdict')}")
    reason = {} if verdict.passed else {"reason": verdict.reason}
    return report | {"passed": verdict.passed, "gate": dict(verdict.result)} | reason


async def _passed_before(
    operator: Operator, space: Namespace, active: Namespace, content: int
) -> Mapping[str, Any] | None:
    for one in await namespaces.standings(operator.connection, space.domain):
        report = one.report
        if one.space.id != space.id or not report or not report.get("passed"):
            continue
        young = datetime.now(UTC) - datetime.fromisoformat(report["made"]) < _FRESH
        same = (report["against"]["id"], report["content"]) == (str(active.id), content)
        # Somebody may have set it by hand since.
        same = same and one.space.ef_search >= report["recall"]["ef_search"]
        return report if young and same else None
    return None


async def _cut_over(operator: Operator, space: Namespace, active: Namespace) -> None:
    step = Step(space.domain, "cutover", space.name, space.model, space.dimensions, previous=active.name)
    for left in reversed(range(_TRIES)):
        await _filled(operator, space)
        try:
            path = await cutovers.advance(operator.dsn, step, revisions=operator.revisions)
        except CutoverRefused as refused:
            if not left:
                raise
            operator.say(f"once more: {refused}")
        else:
            operator.say(f"cut over: {path}")
            log.info("embedding.cut_over", domain=space.domain, model=space.model, before=active.model)
            return


def _tell_end(operator: Operator, space: Namespace, active: Namespace, report: Mapping[str, Any]) -> None:
    operator.say(f"{space.domain} is served by {space.model}: gate passed at {report['made']}.")
    operator.say(
        f"{active.model} is kept for 7 days: `prashna embeddings rollback --domain {space.domain}` goes back to it."
    )
    operator.say(f"Commit the new files in {operator.revisions}: they are the record of which model served when.")


def _said_planned(*, planned: bool) -> str:
    return "chosen by the planner" if planned else "of use (so few rows are read as fast without it)"


def _nobody(_: str) -> None:
    """Says nothing."""
