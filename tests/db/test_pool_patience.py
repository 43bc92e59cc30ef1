"""Who waits for a connection of a pool: for as long as others get one, and no longer."""

import asyncio

import pytest

from app.db import engine


async def test_who_waits_gives_up_when_nobody_gets_one(common: str) -> None:
    async with engine.open_pool(common, application="test", size=1, patience=0.05) as pool:
        async with pool.acquire():
            outcomes = await asyncio.gather(*(pool.fetchval("SELECT 1") for _ in range(20)), return_exceptions=True)
        assert {type(one) for one in outcomes} == {TimeoutError}
        assert await pool.fetchval("SELECT 1") == 1


async def test_a_crowd_is_served_however_long_that_takes(common: str) -> None:
    async with engine.open_pool(common, application="test", size=1, patience=0.3) as pool:
        served = await asyncio.gather(*(pool.fetchval("SELECT 1 FROM pg_sleep(0.05)") for _ in range(20)))

    # A second of work, three times the patience.
    assert served == [1] * 20


async def test_who_goes_away_while_waiting_keeps_no_connection(common: str) -> None:
    async with engine.open_pool(common, application="test", size=1, patience=10) as pool:
        for pauses in range(5):
            held = await pool.acquire()
            waiting = asyncio.ensure_future(pool.fetchval("SELECT 1"))
            await asyncio.sleep(0)
            await pool.release(held)
            for _ in range(pauses):
                await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
        assert await pool.fetchval("SELECT 2", timeout=5) == 2
        assert pool.get_idle_size() == pool.get_size() == 1


async def test_without_patience_work_waits_for_as_long_as_it_takes(common: str) -> None:
    async with engine.open_pool(common, application="test", size=1) as pool:
        async with pool.acquire():
            waiting = asyncio.ensure_future(pool.fetchval("SELECT 1"))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(waiting), 0.2)
        assert await waiting == 1
