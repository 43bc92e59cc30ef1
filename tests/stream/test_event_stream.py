"""How frames reach a connection: at once where it has room, through its queue where it has not, always in order."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from streaming import Streaming, whole
from support import running_tasks
from support.running_tasks import done, tokens

from app.api import event_stream
from app.api.connection import Connection
from app.api.frames import EventId
from app.api.metrics import REGISTRY
from app.api.subscriber import Subscriber
from app.db.stream import Chunk
from app.db.tasks import State


class Peer(Connection):
    """A connection that is full or not, and may be cut, without a socket."""

    full = False  # type: ignore[assignment]

    def __init__(self) -> None:
        self.was_cut = False

    def cut(self) -> None:
        self.was_cut = True


def _reader() -> Subscriber:
    task = uuid4()
    state = State(
        task_id=task, source_id=task, accepted_at=datetime.now(UTC), status="running", attempt=1, last_seq=None,
        shown_attempt=None, shown_seq=None, finished_at=None, settled=False, answer=None, route=None, sources=None,
        error_code=None,
    )  # fmt: skip
    reader = Subscriber(state, EventId())
    reader.behind = False
    return reader


class Wire:
    """What was sent, in order; `room` off makes a send wait."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.room = asyncio.Event()
        self.room.set()

    async def send(self, message: Any) -> None:
        if not self.room.is_set():
            await self.room.wait()
        self.sent.append(message["body"])


async def test_frames_go_out_at_once_in_order_while_there_is_room_and_wait_where_there_is_none() -> None:
    reader, wire, peer = _reader(), Wire(), Peer()
    taking = asyncio.create_task(reader.take(event_stream._at_once(wire.send, peer)))
    await asyncio.sleep(0)
    reader.push(EventId(1, 1), "token", "1")
    reader.push(EventId(1, 2), "token", "2")
    assert [b"id: 1.1" in wire.sent[0], b"id: 1.2" in wire.sent[1]] == [True, True]
    peer.full = True
    reader.push(EventId(1, 3), "token", "3")
    # What came first goes first, whether there is room again or not.
    peer.full = False
    reader.push(EventId(1, 4), "token", "4")
    assert len(wire.sent) == 2
    queued = await taking
    assert queued.index(b"id: 1.3") < queued.index(b"id: 1.4")
    reader.push(EventId(1, 5), "token", "5")
    assert len(wire.sent) == 2
    assert b"id: 1.5" in await reader.take()


async def test_an_end_that_went_out_at_once_ends_the_stream_too() -> None:
    reader, wire = _reader(), Wire()
    taking = asyncio.create_task(reader.take(event_stream._at_once(wire.send, Peer())))
    await asyncio.sleep(0)
    reader.push(EventId(1, 1), "done", '{"answer":{}}')
    assert (await asyncio.wait_for(taking, 5), len(wire.sent)) == (b"", 1)


async def test_a_send_that_waits_although_there_was_room_costs_the_connection_and_nothing_else() -> None:
    reader, wire, peer = _reader(), Wire(), Peer()
    wire.room.clear()
    taking = asyncio.create_task(reader.take(event_stream._at_once(wire.send, peer)))
    await asyncio.sleep(0)
    reader.push(EventId(1, 1), "token", "1")
    assert (wire.sent, peer.was_cut) == ([], True)
    reader.close()
    assert await asyncio.wait_for(taking, 5) == b""


def _observed(histogram: str) -> float:
    return REGISTRY.get_sample_value(f"prashna_{histogram}_seconds_count", {"intent": "essay"}) or 0.0


@pytest.mark.parametrize(("after", "expected"), [(None, (1, 1)), ("1.1", (0, 1))], ids=["first", "came back"])
async def test_first_words_and_ends_are_counted_once_for_who_waited_for_them(
    streaming: Streaming, after: str | None, expected: tuple[int, int]
) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    route = Chunk(task, 1, 1, "route", '{"intent":"essay","domains":[],"confidence":1}')
    await streaming.write(route)
    before = _observed("first_words"), _observed("last_event")
    reader = await streaming.attach(task, after)
    answer = await running_tasks.finish(streaming.pool, task, text="ab", last_seq=4) | {"intent": "essay"}
    await streaming.write(*tokens(task, ["a", "b"], first=2), done(task, 4, answer))
    await whole(reader)
    # Who comes when all is there has not waited for it here.
    await whole(await streaming.attach(task))
    assert (_observed("first_words") - before[0], _observed("last_event") - before[1]) == expected
