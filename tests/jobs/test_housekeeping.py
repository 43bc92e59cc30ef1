"""The chores of a worker: none depends on another."""

import asyncio

import pytest
import structlog

from app.db import engine
from app.jobs import worker


@pytest.mark.parametrize("away", [True, False], ids=["the database is away", "it is broken"])
async def test_a_chore_that_fails_is_tried_again_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, away: bool
) -> None:
    done: list[str] = []
    enough = asyncio.Event()

    async def failing(_: engine.Pool) -> None:
        done.append("failing")
        raise ConnectionResetError if away else LookupError

    async def hanging(_: engine.Pool) -> None:
        done.append("hanging")
        await asyncio.Event().wait()

    async def working(_: engine.Pool) -> None:
        done.append("working")
        if min(done.count("failing"), done.count("working")) >= 3:
            enough.set()

    monkeypatch.setattr(worker, "CHORES", ((failing, 0.0), (hanging, 0.0), (working, 0.0)))
    with structlog.testing.capture_logs() as said:
        house = asyncio.create_task(worker._keep_house(None))  # type: ignore[arg-type]
        await asyncio.wait_for(enough.wait(), 10)
        house.cancel()
        await asyncio.wait([house])
    assert house.cancelled()
    assert done.count("hanging") == 1
    assert {(line["event"], line["chore"], line["log_level"]) for line in said} == {
        ("chore.failed", "failing", "warning" if away else "error")
    }


def test_every_chore_has_a_name_and_a_time() -> None:
    assert [(chore.__name__, seconds) for chore, seconds in worker.CHORES] == [
        ("_rescue", worker.SWEEP_SECONDS),
        ("clean", worker.CLEAN_SECONDS),
        ("drop_expired", worker.CLEAN_SECONDS),
        ("drop_old", worker.CLEAN_SECONDS),
        ("drop_old_keys", worker.CLEAN_SECONDS),
        ("note_use", worker.CLEAN_SECONDS),
    ]
