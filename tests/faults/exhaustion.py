"""C24: no connection is to be had, first in the API's pools, then at the server."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx

from app.db import engine
from faults.field import Field, until

# A request that finds no connection waits this long for one (check D2); a probe of readiness takes three at most.
_REFUSED_SECONDS, _PROBE_SECONDS = 2.0, 3.0
_RECOVERY_SECONDS = 5.0
_HOLDING, _WAITING = 12, 20
_END_ALL = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()
              AND application_name LIKE 'prashna-%' AND application_name NOT IN ('prashna-tests', 'prashna-hoarder')"""


async def exhausted(field: Field) -> None:
    """C24: 503 with Retry-After in bounded time, health answers, and all is well again within seconds."""
    field.outcome.rounds = 2
    field.provider.tokens_per_second = 60
    first = field.ask()
    await first
    await _with_pools_held(field)
    await _with_the_server_full(field)
    await field.asking(2.0, 3)


async def _with_pools_held(field: Field) -> None:
    """Whoever has a connection waits for a lock, with as many more waiting for a connection."""
    async with field.ledger.window():
        async with _table_locked(field):
            holding = [asyncio.create_task(_ask_once(field)) for _ in range(_HOLDING)]
            waiting_backends = await until(lambda: _waiting_backends(field, 4), 5)
            refused, seconds = await _refusals(field, [_ask_once(field) for _ in range(_WAITING)])
            await _probe(field, "pools held")
            await asyncio.gather(*holding)
        await _recovery(field, "pools held")
    seen = waiting_backends is not None
    evidence = f"4 connections of the API wait for a lock: {seen}; {dict(refused)} of {_WAITING} more"
    field.outcome.fault("all connections of the API's pool are held", seen=seen, evidence=evidence)
    _check_refusals(field, "pools held", refused, seconds)


async def _with_the_server_full(field: Field) -> None:
    """Every connection that the server gives is ours; the processes have lost theirs."""
    async with field.ledger.window():
        async with _every_connection(field) as held:
            refused, seconds = await _refusals(field, [_ask_once(field) for _ in range(_WAITING)])
            await _probe(field, "server full")
        await _recovery(field, "server full")
    seen = len(held) > 100 and set(refused) == {503}
    evidence = f"{len(held)} connections held, the next one refused; {dict(refused)} of {_WAITING}"
    field.outcome.fault("all connections of the server are held", seen=seen, evidence=evidence)
    _check_refusals(field, "server full", refused, seconds)


@asynccontextmanager
async def _table_locked(field: Field) -> AsyncIterator[None]:
    settings = {"idle_in_transaction_session_timeout": "0", "statement_timeout": "0"}
    connection = await engine.connect(field.stack.dsn, application="tests", settings=settings)
    try:
        async with connection.transaction():
            # Neither can be read nor written; the worker, idle, does not mind.
            await connection.execute("LOCK TABLE chat.rate_counters, chat.sessions IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


@asynccontextmanager
async def _every_connection(field: Field) -> AsyncIterator[list[asyncpg.Connection]]:
    held: list[asyncpg.Connection] = []
    try:
        ended = 1
        # Some come back before all that were ended are gone.
        while not held or ended:
            with contextlib.suppress(asyncpg.TooManyConnectionsError):
                while True:
                    held.append(await engine.connect(field.stack.dsn, application="hoarder"))
            ended = await held[0].fetchval(_END_ALL)
        yield held
    finally:
        await asyncio.gather(*(connection.close() for connection in held), return_exceptions=True)


async def _refusals(field: Field, asking: list) -> tuple[Counter[int], list[float]]:
    """Statuses of these requests, and how long each took."""
    began = time.monotonic()

    async def timed(one) -> tuple[int, float]:
        reply = await one
        return (0 if reply is None else reply.status_code), time.monotonic() - began

    found = await asyncio.gather(*(timed(one) for one in asking))
    return Counter(status for status, _ in found), [seconds for _, seconds in found]


async def _ask_once(field: Field) -> httpx.Response | None:
    return await field.students.request("POST", "/chat", field.name(), json={"query": field.question()})


async def _probe(field: Field, when: str) -> None:
    for path, expected in (("/healthz", 200), ("/readyz", 503)):
        began = time.monotonic()
        reply = await field.students.request("GET", path, field.crowd)
        seconds = time.monotonic() - began
        status = 0 if reply is None else reply.status_code
        held = status in (expected, 200) and seconds <= _PROBE_SECONDS
        field.outcome.check(f"{when}: {path} answers", held, f"{status} after {seconds:.1f} s")


async def _recovery(field: Field, when: str) -> None:
    async def accepts() -> bool:
        ready = await field.students.request("GET", "/readyz", field.crowd)
        reply = await _ask_once(field) if ready is not None and ready.status_code == 200 else None
        return reply is not None and reply.status_code == 202

    seconds = await until(accepts, 30, 0.2)
    name = f"{when.replace(' ', '_')}_recovery_s"
    field.outcome.at_most(name, float("inf") if seconds is None else seconds, _RECOVERY_SECONDS)


async def _waiting_backends(field: Field, least: int) -> bool:
    found: int = await field.pool.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return found >= least


def _check_refusals(field: Field, when: str, refused: Counter[int], seconds: list[float]) -> None:
    field.outcome.check(f"{when}: all refused with 503", set(refused) == {503}, f"{dict(refused)}")
    field.outcome.at_most(f"{when.replace(' ', '_')}_refused_worst_s", max(seconds), _REFUSED_SECONDS)
