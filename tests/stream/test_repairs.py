"""What notifications leave out is found: by the gap it leaves, or by the silence. Without either it would be lost."""

import json

import pytest
from streaming import Streaming, some, texts
from support import running_tasks
from support.running_tasks import token

from app.api.hub import Hub
from app.api.subscriber import Subscriber
from app.db import stream

# Longer than the silence after which a stream is read from the table.
PATIENCE_SECONDS = 3


async def _shown(streaming: Streaming, reader: Subscriber, count: int) -> list[str]:
    """What the reader is shown, up to `count` events or for as long as its patience lasts."""
    events = []
    try:
        while len(events) < count:
            events += await some(streaming, reader, 1, seconds=PATIENCE_SECONDS)
    except TimeoutError:
        pass
    return texts(events)


async def _miss_one_in_the_middle(streaming: Streaming) -> list[str]:
    """The second of three notifications is lost."""
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    await streaming.write(token(task, 1, "a"))
    seen = await _shown(streaming, reader, 1)
    channel = await streaming.pool.fetchval("DELETE FROM chat.stream_subscribers RETURNING channel")
    await streaming.write(token(task, 2, "b"))
    await stream.subscribe(streaming.pool, task, channel=channel)
    await streaming.write(token(task, 3, "c"))
    return seen + await _shown(streaming, reader, 2)


async def _miss_the_last(streaming: Streaming) -> list[str]:
    """The notification is lost after which no other comes."""
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    await streaming.write(token(task, 1, "a"))
    seen = await _shown(streaming, reader, 1)
    await streaming.pool.execute("DELETE FROM chat.stream_subscribers")
    await streaming.write(token(task, 2, "b"))
    return seen + await _shown(streaming, reader, 1)


async def test_a_lost_notification_is_found_by_the_gap_that_it_leaves(streaming: Streaming) -> None:
    assert await _miss_one_in_the_middle(streaming) == ["a", "b", "c"]


async def test_without_looking_at_gaps_it_is_lost(streaming: Streaming, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Subscriber, "follows", lambda self, at: True)
    assert await _miss_one_in_the_middle(streaming) == ["a", "c"]


async def test_a_lost_last_notification_is_found_by_the_silence_after_it(streaming: Streaming) -> None:
    assert await _miss_the_last(streaming) == ["a", "b"]


async def test_without_the_watchdog_it_is_lost(streaming: Streaming, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hub, "_is_silent", lambda self, reader: False)
    assert await _miss_the_last(streaming) == ["a"]


async def test_a_gap_within_a_run_of_events_is_found_too(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    await streaming.write(token(task, 1, "a"))
    seen = await _shown(streaming, reader, 1)
    await streaming.pool.execute("DELETE FROM chat.stream_subscribers")
    await streaming.write(token(task, 2, "b"), token(task, 3, "c"))
    run = "\n".join(json.dumps({"text": text}) for text in "cd")
    streaming.hub._heard(f"{task} 1 4 token {run}")
    await streaming.write(token(task, 4, "d"))

    assert seen + await _shown(streaming, reader, 3) == ["a", "b", "c", "d"]
