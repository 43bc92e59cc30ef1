"""`prashna embeddings rollback`: the last step of a domain's branch taken back, alone."""

import asyncio
import time

from app.amounts import amount
from app.db import cutovers, embeddings, namespaces
from app.db.cutover_files import Step
from app.db.namespaces import Standing
from app.errors import CutoverRefused, DomainBusy
from app.local.embeddings.operator import Operator, Say, open_operator
from app.settings import Settings
from app.telemetry import get_logger

log = get_logger(__name__)

# The promise is 60 seconds; a content change that holds the domain is waited for that long.
PATIENCE_SECONDS = 50.0
_PAUSE_SECONDS = 0.5


async def intent(settings: Settings, dsn: str, domain: str) -> str | None:
    """What a rollback would do, as a question; None where there is nothing to take back. Writes nothing.

    Raises:
        ConfigurationError: no such domain.
        CutoverRefused: a migration of it is under way.
    """
    async with open_operator(settings, dsn, domain, _nobody) as operator:
        step = await cutovers.last(dsn, domain, revisions=operator.revisions)
        active, half = await _standing(operator, step)
        if half:
            return f"Give up the half-made {half.space.model} of {domain}? {active.space.model} goes on serving it."
        if step is None or step.kind != "cutover":
            return None
        return f"Serve {domain} with the model before {active.space.model} again?{await _lost(operator, step)}"


async def rollback(settings: Settings, dsn: str, domain: str, say: Say) -> None:
    """Serve a domain with the namespace before its last cutover again, or give up a namespace that never served.

    Raises:
        ConfigurationError: no such domain.
        CutoverRefused: there is nothing to take back, or no way back; says why.
    """
    async with open_operator(settings, dsn, domain, say) as operator:
        step = await cutovers.last(dsn, domain, revisions=operator.revisions)
        before, half = await _standing(operator, step)
        if half is None and (step is None or step.kind != "cutover"):
            raise CutoverRefused(f"there is nothing to take back: {domain} is served by {before.space.model}")
        await _back(operator)
        after, _ = await _standing(operator, None)
        if half is not None:
            say(f"{half.space.model} of {domain} is given up; {after.space.model} goes on serving it.")
            return
        say(f"{domain} is served by {after.space.model} again; {before.space.model} is kept for 7 days.")
        log.info("embedding.rolled_back", domain=domain, model=after.space.model, before=before.space.model)
        await _mend(operator, after)


async def _back(operator: Operator) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            await cutovers.back(operator.dsn, operator.domain, revisions=operator.revisions)
        except DomainBusy:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return


async def _mend(operator: Operator, after: Standing) -> None:
    """What went live is in both namespaces; should one lack something all the same, it is brought."""
    wanted = await embeddings.wanted_versions(operator.connection, operator.domain)
    lacking = await embeddings.incomplete(operator.connection, after.space, wanted)
    if lacking:
        async with operator.connection.transaction():
            await embeddings.defer_embedding(operator.connection, operator.domain, sorted(lacking))
        operator.say(
            f"being embedded by {after.space.model}, till then found by words: {amount(len(lacking), 'document')}"
        )


async def _lost(operator: Operator, step: Step) -> str:
    """What the namespace before a cutover would find by words alone: a provider that has gone embeds nothing new."""
    for one in await namespaces.standings(operator.connection, operator.domain):
        if one.space.name == step.previous:
            lacking = len(await embeddings.lacking(operator.connection, one.space, ["live"]))
            if lacking:
                why = f" ({one.trouble})" if one.trouble else ""
                return (
                    f" Without embeddings by it yet, till then found by words: {amount(lacking, 'live document')}{why}."
                )
    return ""


async def _standing(operator: Operator, step: Step | None) -> tuple[Standing, Standing | None]:
    """The active namespace, and the one whose creation `step` is, where it has never served."""
    found = await namespaces.standings(operator.connection, operator.domain)
    [active] = [one for one in found if one.space.status == "active"]
    made = step.namespace if step and step.kind == "creation" else None
    return active, next((o for o in found if o.space.status == "building" and o.space.name == made), None)


def _nobody(_: str) -> None:
    """Says nothing."""
