"""Leave to call a provider: asked before every call, and told afterwards how it went."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from app import errors
from app.db import engine, providers
from app.db.providers import Ceilings, Outcome, Permit, Planned, Settlement
from app.errors import CallRefused, ProviderBusy, ProviderError, ProviderRefused
from app.retrieval.calls import Call, CallLog, Node
from app.telemetry import get_logger

# For the question whether a call may be made; a database that takes longer is restarting.
ASK_SECONDS = 5.0
BYTES_PER_TOKEN = 4
_REFUSALS = {
    refusal.code: refusal
    for refusal in (
        errors.ModelsStopped,
        errors.ProviderResting,
        errors.RetriesSpent,
        errors.TaskSpent,
        errors.DaySpent,
    )
}


@dataclass(slots=True)
class Meter:
    """What a call has used, to be filled in by whoever makes it; `cost` None where the price is not known."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal | None = Decimal(0)
    # What stays if the reader hangs up: the student's stop, or a cancelled task.
    outcome: str = "stopped"
    retry_after: int | None = None


class Permits:
    """Gives leave to every call; each is noted in its log, whatever became of it."""

    @asynccontextmanager
    async def call(self, node: Node, planned: Planned, log: CallLog | None) -> AsyncIterator[Meter]:
        """Around one call. A ProviderError that leaves the block is its outcome.

        Raises:
            CallRefused: the call must not be made; nothing is noted then.
        """
        log = log if log is not None else CallLog()
        permit = await self._ask(planned, log)
        log.answer_calls = permit.answer_calls
        meter, began = Meter(), time.monotonic()
        try:
            yield meter
            meter.outcome = "ok"
        except ProviderError as error:
            meter.outcome, meter.retry_after = error.code, error.retry_after
            raise
        finally:
            ms = round((time.monotonic() - began) * 1000)
            log.add(Call(node, planned.model, meter.tokens_in, meter.tokens_out, meter.cost, ms, meter.outcome))
            self._settle(planned, permit, meter)

    async def _ask(self, planned: Planned, log: CallLog) -> Permit:
        return Permit(None, None, log.answer_calls + planned.answer, probe=False)

    def _settle(self, planned: Planned, permit: Permit, meter: Meter) -> None:
        pass


class SharedPermits(Permits):
    """Gives leave as all workers together may have it, by PostgreSQL. Leave it with `close`."""

    def __init__(self, pool: engine.Pool, ceilings: Ceilings) -> None:
        self._pool = pool
        self._ceilings = ceilings
        self._ended: list[Settlement] = []
        self._settling: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Wait until every ended call is settled."""
        if self._settling:
            await self._settling

    async def _ask(self, planned: Planned, log: CallLog) -> Permit:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                permit = await providers.begin(
                    self._pool, planned, self._ceilings, task_id=log.task_id, known=log.answer_calls
                )
        except (TimeoutError, *engine.Overloaded, *engine.ConnectionLost) as error:
            # What cannot be counted is not asked: the rungs below need no leave, and no database.
            get_logger(__name__).warning("permits.not_asked", error=type(error).__name__)
            raise CallRefused("leave cannot be asked for") from error
        if permit.refused:
            raise _REFUSALS[permit.refused]
        return permit

    def _settle(self, planned: Planned, permit: Permit, meter: Meter) -> None:
        if permit.day is None:
            return
        spent = planned.money if meter.cost is None else meter.cost
        self._ended.append(
            Settlement(
                planned.provider,
                planned.model,
                permit.day,
                tokens=meter.tokens_in + meter.tokens_out - planned.tokens_in - planned.tokens_out,
                money=spent - planned.money,
                outcome=_outcome(meter),
                retry_after=meter.retry_after,
                probe=permit.probe,
                fresh=planned.answer and permit.answer_calls == 1,
            )
        )
        if self._settling is None or self._settling.done():
            self._settling = asyncio.create_task(self._settle_all())

    async def _settle_all(self) -> None:
        """Everything that ends while the last statement runs is settled by one."""
        while self._ended:
            ended, self._ended = self._ended, []
            try:
                await providers.settle(self._pool, ended)
            except (engine.DatabaseError, TimeoutError, *engine.ConnectionLost) as error:
                # Their reservations stand, which is more than they used; a probe's time runs out by itself.
                get_logger(__name__).warning("calls.not_settled", calls=len(ended), error=type(error).__name__)


def planned_tokens(text: str) -> int:
    """About how many tokens a text is, not too few in Hindi: by its bytes."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def _outcome(meter: Meter) -> Outcome:
    if meter.outcome == "ok" or (meter.outcome == "stopped" and meter.tokens_out):
        return "alive"
    if meter.outcome in ("stopped", ProviderRefused.code):
        return "unknown"
    return "busy" if meter.outcome == ProviderBusy.code else "failed"
