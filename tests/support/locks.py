"""Transactions that wait for each other, seen from outside: the causes that a race needs, without a clock."""

import asyncio

from app.db import engine

_LOOKS = 1_000


async def until_one_waits(pool: engine.Pool, *, for_what: str = "", end: bool = False) -> None:
    """Until a connection to this database waits for a lock of another; `end` ends its backend then.

    `for_what` is the wait's name, such as "advisory", "" for any.
    """
    which = "pg_terminate_backend(pid)" if end else "pid"
    for _ in range(_LOOKS):
        if await pool.fetchval(
            f"""SELECT count({which}) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock' AND $1 IN ('', wait_event)""",
            for_what,
        ):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")
