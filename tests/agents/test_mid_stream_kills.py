"""Streams of providers that are cut at any point: what is stored and what is shown is one attempt, whole."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from answering_here import Desk, open_desk
from simulated_provider import Simulated
from support.event_reader import Event, text_of

from app.agents.embedded_router import EmbeddedRouter
from app.agents.extractive import ExtractiveRung
from app.agents.model_rung import ModelRung
from app.simulator import faults
from app.simulator.exchange import Exchange
from app.simulator.reply import Reply

KILLS = 200
AT_ONCE = 8
SEED = 20261123


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    async with open_desk(database) as opened:
        yield opened


async def _cut(share: float, reset: bool, exchange: Exchange, reply: Reply) -> None:
    """Send this share of the stream's bytes, then nothing, or a reset."""
    whole = b"".join((reply.opening, *reply.pieces))
    await exchange.start(200, reply.content_type)
    await exchange.write(whole[: round(share * len(whole))])
    # What was written is read before the reset takes it away.
    await asyncio.sleep(0.05)
    if reset:
        exchange.reset()
    else:
        await exchange.end()


def _plan(kinds: random.Random, number: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """What becomes of the primary (always cut) and the secondary (cut too, every third time)."""
    plan: dict[str, str | None] = {}
    for tier in ("primary", "secondary") if kinds.random() < 1 / 3 else ("primary",):
        name = f"{tier}-{number}"
        delivery = partial(_cut, kinds.random(), kinds.random() < 0.5)
        monkeypatch.setitem(faults.FAULTS, name, faults.Fault(delivery))
        plan[name] = name
    return plan


async def test_two_hundred_streams_cut_anywhere_leave_one_attempt_each(
    desk: Desk, simulated: Simulated, embedded_router: EmbeddedRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = random.Random(SEED)
    room = asyncio.Semaphore(AT_ONCE)
    plans = [_plan(kinds, number, monkeypatch) for number in range(KILLS)]
    for plan in plans:
        simulated.behaviour.faults |= plan

    async def one(number: int) -> tuple[list[Event], dict[str, Any]]:
        rungs = [ModelRung(tier, f"{tier}-{number}", simulated.provider, 10.0) for tier in ("primary", "secondary")]
        async with room, asyncio.timeout(60):
            return await desk.answer(desk.turn(embedded_router, [*rungs, ExtractiveRung()]))

    found = await asyncio.gather(*map(one, range(KILLS)))
    attempts = Counter(seen[-1].attempt for seen, _ in found)
    print("seed", SEED, "attempts", dict(attempts))
    for plan, (seen, answer) in zip(plans, found, strict=True):
        assert answer["tier"] == ("secondary" if len(plan) == 1 else "extractive")
        assert answer["text"] == text_of(seen)
        assert [event.id for event in seen if event.name == "restart"] == [
            f"{attempt}.1" for attempt in range(2, seen[-1].attempt + 1)
        ]
    # Cuts before the first words, after them, and after those of two models: each kind must have happened.
    assert set(attempts) == {1, 2, 3}
