"""C5 and C6: connections that the server ends at random, and listeners that are ended or fall silent."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from faults.black_hole import BlackHole
from faults.field import Field, until

_OURS = """SELECT pid, application_name FROM pg_stat_activity WHERE datname = current_database()
           AND application_name LIKE 'prashna-%' AND application_name <> 'prashna-tests'"""
# The API's one listener has a connection of its own name, the queue's is told by its last statement or its heartbeat.
_LISTENERS = f"""{_OURS} AND (application_name = 'prashna-stream-listener'
                 OR (application_name LIKE 'prashna-queue-%' AND (query LIKE 'LISTEN%' OR query = 'SELECT 1')))"""
_END = f"""SELECT count(*) FROM (SELECT pg_terminate_backend(pid) AS ended FROM ({_LISTENERS}) l) e WHERE ended"""
_PICKUP = """
SELECT count(*) AS picked, percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM started_at - accepted_at))
       AS p95
FROM chat.tasks WHERE user_id LIKE $1 AND accepted_at > now() - $2 * interval '1 second' AND started_at IS NOT NULL
"""
_NAMES = {"prashna-stream-listener": "api", "prashna-queue-chat": "worker"}
_LISTENING_SECONDS = 35.0
# While nobody listens the queue is polled.
_PICKUP_SECONDS = 2.0


async def terminated(field: Field) -> None:
    """C5: five backends a second are ended, whosever they are and whatever they do."""
    seconds, rate = (20.0 if field.short else 60.0), 5.0
    field.outcome.rounds = round(seconds * rate)
    field.provider.tokens_per_second = 40
    asking = field.start(field.asking(2.0, seconds))
    ended = 0
    async with field.ledger.window():
        for _ in range(field.outcome.rounds):
            pids = [row["pid"] for row in await field.pool.fetch(_OURS)]
            if pids:
                ended += await field.pool.fetchval("SELECT pg_terminate_backend($1)::integer", field.rng.choice(pids))
            await asyncio.sleep(1 / rate)
        listening = await until(lambda: _count(field, _LISTENERS, 2), _LISTENING_SECONDS)
        # A connection in a pool may be dead and not yet found to be so.
        await asyncio.sleep(1)
        await until(lambda: _answers(field), 10)
    await asking
    field.outcome.fault(
        "backends are ended at random", seen=ended >= field.outcome.rounds // 2, evidence=f"{ended} backends ended"
    )
    field.outcome.measure("backends_ended", ended)
    _check_listening(field, "both", listening)


async def silenced(field: Field) -> None:
    """C6: only the listeners are ended; then they stay connected and nothing comes through any more."""
    field.outcome.rounds = 2 if field.short else 6
    field.provider.tokens_per_second = 60
    for number in range(1, field.outcome.rounds):
        await until(lambda: _count(field, _LISTENERS, 2), _LISTENING_SECONDS)

        async def end(number: int = number) -> None:
            ended = await field.pool.fetchval(_END)
            evidence = f"{ended} listening backends ended"
            field.outcome.fault(f"round {number}: both listeners are ended", seen=ended == 2, evidence=evidence)

        await _without_listeners(field, "", end, lambda name: listens(field, name))
    async with BlackHole(field.stack.dsn).running() as hole:
        await _black_hole(field, hole)


async def _black_hole(field: Field, hole: BlackHole) -> None:
    behind = field.beside("behind", DATABASE_URL=hole.dsn)
    await asyncio.gather(behind.start_api(), behind.start_worker())
    await field.stack.end(*field.stack.workers)
    field.students.addresses[:] = [behind.base]
    await until(lambda: hole.listening() == 2, _LISTENING_SECONDS)

    async def swallow() -> None:
        swallowed = hole.swallow()
        field.outcome.fault(
            "both listeners fall silent with their sockets open",
            seen=swallowed == 2,
            evidence=f"{swallowed} listening connections no longer forwarded, none closed",
        )

    await _without_listeners(field, "silent_", swallow, lambda name: hole.listening(name) == 1)
    await field.all_read()
    kept = hole.bytes_swallowed
    field.outcome.check("notifications were lost in the hole", kept > 0, f"{kept} bytes went in and not out")
    await field.stack.start_worker()
    field.students.addresses[:] = [field.stack.base]
    await behind.end(*behind.services)


async def _without_listeners(
    field: Field, prefix: str, fault: Callable[[], Awaitable[None]], listens: Callable[[str], object]
) -> None:
    asking = field.start(field.asking(2.0, 8))
    await asyncio.sleep(1)
    began = time.monotonic()
    async with field.ledger.window():
        await fault()
    back = await asyncio.gather(*(until(lambda one=one: listens(one), _LISTENING_SECONDS + 5) for one in _NAMES))
    await asking
    await field.all_read()
    row = await field.pool.fetchrow(_PICKUP, f"{field.crowd}%", time.monotonic() - began)
    for name, seconds in zip(_NAMES.values(), back, strict=True):
        _check_listening(field, f"{prefix}{name}", seconds)
    field.outcome.check("questions came meanwhile", row["picked"] >= 3, f"{row['picked']}")
    field.outcome.at_most(f"{prefix}pickup_p95_s", float(row["p95"] or 99), _PICKUP_SECONDS)


def _check_listening(field: Field, who: str, seconds: float | None) -> None:
    name = f"{who}_listens_again_worst_s"
    worst = max(field.outcome.measured.get(name, 0.0), 99.0 if seconds is None else seconds)
    field.outcome.at_most(name, worst, _LISTENING_SECONDS)


async def listens(field: Field, name: str) -> bool:
    """Does anybody of this application listen?"""
    return await field.pool.fetchval(f"SELECT count(*) > 0 FROM ({_LISTENERS}) l WHERE application_name = $1", name)


async def _count(field: Field, sql: str, least: int) -> bool:
    return len(await field.pool.fetch(sql)) >= least


async def _answers(field: Field) -> bool:
    paths = ["/readyz", "/sessions"] * 6
    replies = await asyncio.gather(*(field.students.request("GET", path, field.crowd) for path in paths))
    return all(reply is not None and reply.status_code == 200 for reply in replies)
