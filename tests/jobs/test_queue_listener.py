"""The queue's listener behind a socket that stays open and brings nothing any more."""

import asyncio

import pytest
from faults.black_hole import BlackHole
from support.postgres import statement
from support.stack import until

from app.jobs import connector
from app.jobs.queues import make_app


async def test_a_listener_that_hears_nothing_any_more_finds_out_and_listens_anew(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connector, "PROBE_SECONDS", 0.2)
    monkeypatch.setattr(connector, "ANSWER_SECONDS", 0.2)
    heard: list[str] = []

    async def hear(*, channel: str, payload: str) -> None:
        heard.append(payload)

    async with BlackHole(database).running() as hole, make_app("chat", hole.dsn).open_async() as app:
        listening = asyncio.create_task(app.connector.listen_notify(hear, ["silent"]))
        try:
            await until(lambda: hole.listening() == 1, 20, "it listens")
            assert hole.swallow() == 1
            await until(lambda: hole.listening() == 1, 30, "it listens anew")
            await statement(database, "NOTIFY silent, 'after'")
            await until(lambda: "after" in heard, 10, "it hears")
        finally:
            listening.cancel()
            await asyncio.wait([listening])
