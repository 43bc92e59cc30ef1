"""Which calls to model providers may be made: the switch, the breakers and the budgets that all workers share.

The rules stand in migrations/sql/0005_providers.sql; each of these functions is one statement.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import asyncpg

from app.db.engine import Connection, Pool

Provider = Literal["openai", "cohere"]
# What a call's end says of its provider; `unknown` where the call was at fault, or nobody waited for its end.
Outcome = Literal["alive", "failed", "busy", "unknown"]


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The most that one task in all its runs and one Indian day may cause; money in US dollars, None for no ceiling.

    A task's tokens are three answer calls of an essay over Hindi passages, each with its second asking, and a quarter
    more; its money is what the dearest listed model asks for them; its seconds are two whole answers.
    """

    task_calls: int = 3
    task_tokens_in: int = 150_000
    task_tokens_out: int = 9_000
    task_money: Decimal = Decimal("0.50")
    task_seconds: int = 180
    day_tokens: int | None = None
    day_money: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A call about to be made and the most it is likely to use. `answer` counts it among its task's answer calls."""

    provider: Provider
    model: str
    tokens_in: int
    tokens_out: int
    money: Decimal
    answer: bool = False


@dataclass(frozen=True, slots=True)
class Permit:
    """`refused` says why the call may not be made. `answer_calls` are the task's so far, this one included.

    `probe` marks the one call that tries a provider at rest; `day` holds the reservation, None when nothing was.
    """

    refused: str | None
    day: date | None
    answer_calls: int
    probe: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """An ended call: `tokens` and `money` are what to add to its day's reservation, less than nothing as a rule."""

    provider: Provider
    model: str
    day: date
    tokens: int
    money: Decimal
    outcome: Outcome
    retry_after: int | None
    probe: bool
    fresh: bool


async def begin(pool: Pool, planned: Planned, ceilings: Ceilings, *, task_id: UUID | None, known: int) -> Permit:
    """Ask leave for one call and reserve for it. `known` are the task's answer calls that the caller knows of.

    A connection that may only read reserves and counts nothing.
    """
    try:
        row = await pool.fetchrow(
            "SELECT refused, day, answer_calls, probe FROM ops.begin_call("
            "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            task_id,
            planned.provider,
            planned.model,
            planned.answer,
            known,
            planned.tokens_in,
            planned.tokens_out,
            planned.money,
            ceilings.task_calls,
            ceilings.task_tokens_in,
            ceilings.task_tokens_out,
            ceilings.task_money,
            ceilings.task_seconds,
            ceilings.day_tokens,
            ceilings.day_money,
        )
    except asyncpg.ReadOnlySQLTransactionError:
        refused = await pool.fetchval("SELECT ops.call_refused($1, $2)", planned.provider, planned.model)
        return Permit(refused, None, known + planned.answer, probe=False)
    return Permit(*row.values())


async def settle(pool: Pool, ended: Sequence[Settlement]) -> None:
    """Correct the reservations of ended calls, in the order in which they ended, and learn from how they did."""
    calls = [asdict(one) | {"day": one.day.isoformat(), "money": str(one.money)} for one in ended]
    await pool.execute("SELECT ops.settle_calls($1)", json.dumps(calls))


async def stop(connection: Connection | Pool, reason: str) -> datetime:
    """No worker begins another call; since when that is so."""
    since: datetime = await connection.fetchval("SELECT ops.stop_models($1)", reason)
    return since


async def resume(connection: Connection | Pool) -> bool:
    """Calls may be made again; whether they had been stopped."""
    stopped: bool = await connection.fetchval("SELECT ops.resume_models()")
    return stopped
