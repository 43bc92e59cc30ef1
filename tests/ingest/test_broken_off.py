"""An apply that is broken off while it reads ends at once, says why, and leaves nothing."""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import pytest
from content_desk import PROSE, Desk

from app.db.engine import ConnectionLost
from app.errors import ConfigurationError


@contextmanager
def _disk_of(size: int) -> Iterator[None]:
    """No file of this process becomes larger, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def _comparing(desk: Desk, *, end: bool) -> tuple[asyncio.Task[object], asyncpg.Connection]:
    """An apply that waits for the live texts, in another thread than the loop's; with `end` its backend is ended."""
    desk.document("president.md", "The President is elected.")
    await desk.apply()
    desk.document("governor.md", PROSE * 20)
    holding = await asyncpg.connect(desk.dsn)
    looking = await asyncpg.connect(desk.dsn)
    await holding.execute("BEGIN")
    await holding.execute("LOCK TABLE polity.parents IN ACCESS EXCLUSIVE MODE")
    applying: asyncio.Task[object] = asyncio.create_task(desk.apply())
    which = "pg_terminate_backend(pid)" if end else "pid"
    query = f"SELECT count({which}) FROM pg_locks WHERE NOT granted AND relation = 'polity.parents'::regclass"
    while not await looking.fetchval(query):
        assert not applying.done(), applying
        await asyncio.sleep(0.02)
    await looking.close()
    return applying, holding


async def test_a_lost_database_ends_it_with_its_own_error(desk: Desk) -> None:
    applying, holding = await _comparing(desk, end=True)
    await asyncio.wait([applying], timeout=30)
    await holding.close()
    with pytest.raises(ConnectionLost):
        applying.result()
    assert (await desk.counts())["revisions"] == 1


async def test_an_interrupt_ends_it(desk: Desk) -> None:
    applying, holding = await _comparing(desk, end=False)
    applying.cancel()
    done, _ = await asyncio.wait([applying], timeout=30)
    await holding.close()
    assert done
    assert applying.cancelled()
    assert (await desk.counts())["revisions"] == 1


async def test_a_full_disk_is_told_of_and_nothing_is_written(desk: Desk) -> None:
    desk.document("governor.md", PROSE * 500)
    with _disk_of(20_000), pytest.raises(ConfigurationError, match=r"cannot be kept in /.*: .*; nothing was written"):
        await desk.apply()
    assert (await desk.counts())["revisions"] == 0
    assert (await desk.apply()).added == 1


async def test_a_disk_that_fills_while_all_is_judged_again_leaves_nothing(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    await desk.withdraw("governor.md")
    for number in range(3):
        desk.document(f"{number}.md", f"{PROSE} {number}")
    desk.report.spoken.clear()
    holding = await asyncpg.connect(desk.dsn)
    async with holding.transaction():
        await holding.execute("SELECT catalog.hold_namespaces('polity')")
        applying = asyncio.create_task(desk.apply())
        await asyncio.wait_for(desk.report.spoken.wait(), 30)
        await holding.execute("UPDATE polity.versions SET ended_at = now()")
        limit = _disk_of(100)
        limit.__enter__()
    try:
        with pytest.raises(ConfigurationError, match="nothing was written"):
            await applying
    finally:
        limit.__exit__(None, None, None)
        await holding.close()
    assert (await desk.counts())["revisions"] == 2
