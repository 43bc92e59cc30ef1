"""Students of one shared run are shown its leader's chunks, and each the end of its own task."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from streaming import Streaming, some, texts, whole
from support import running_tasks
from support.event_reader import Event
from support.running_tasks import STUDENT, done, token, tokens

from app.agents import closing
from app.db import stops
from app.db.stops import Shown


async def _flight(streaming: Streaming, followers: int = 1) -> list[UUID]:
    """A running leader and its followers, as the enqueue leaves them."""
    leader, *others = ids = await running_tasks.begin(streaming.pool, count=1 + followers)
    await streaming.pool.execute("UPDATE chat.tasks SET flight_id = $1 WHERE id = ANY ($2::uuid[])", leader, ids)
    await streaming.pool.execute(
        "UPDATE chat.tasks SET status = 'queued', attempt = 0, runs = 0, lease_until = NULL"
        " WHERE id = ANY ($1::uuid[])",
        others,
    )
    return ids


async def _finish(streaming: Streaming, ids: list[UUID], text: str, last_seq: int, attempt: int = 1) -> None:
    """The finishing transaction, then the leader's last chunk."""
    for task in ids:
        answer = await running_tasks.finish(streaming.pool, task, text=text, last_seq=last_seq)
        await streaming.pool.execute("UPDATE chat.tasks SET attempt = $2 WHERE id = $1", task, attempt)
        if task == ids[0]:
            last = done(task, last_seq, answer, attempt=attempt)
    await streaming.write(last)


async def _stop(streaming: Streaming, task: UUID) -> None:
    def answer(shown: Shown) -> dict[str, Any]:
        return closing.left(task).model_dump(mode="json") | {"text": shown.text}

    assert await stops.request_stop(streaming.pool, task, owner=STUDENT, answer=answer) == "done"


def _told(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.id, event.name) for event in events]


async def test_each_is_shown_the_same_words_and_its_own_end(streaming: Streaming) -> None:
    ids = await _flight(streaming, followers=2)
    readers = [await streaming.attach(task) for task in ids]
    assert await streaming.subscriptions() == 1
    await streaming.write(*tokens(ids[0], ["a", "b"]))
    await _finish(streaming, ids, "ab", 3)
    for task, reader in zip(ids, readers, strict=True):
        events = await whole(reader)
        assert (_told(events)[-1], texts(events)) == (("1.3", "done"), ["a", "b"])
        assert events[-1].data["answer"]["task_id"] == str(task)


async def test_a_follower_who_comes_late_or_back_gets_the_rest_and_its_own_end(streaming: Streaming) -> None:
    ids = await _flight(streaming)
    await streaming.write(*tokens(ids[0], ["a", "b"]))
    await _finish(streaming, ids, "ab", 3)
    for after, expected in ((None, ["1.1", "1.2", "1.3"]), ("1.1", ["1.2", "1.3"]), ("1.2", ["1.3"])):
        events = await whole(await streaming.attach(ids[1], after))
        assert [event.id for event in events] == expected
        assert events[-1].data["answer"]["task_id"] == str(ids[1])


async def test_a_followers_end_waits_for_its_own_row(streaming: Streaming) -> None:
    leader, follower = ids = await _flight(streaming)
    reader = await streaming.attach(follower)
    answer = await running_tasks.finish(streaming.pool, leader, text="a", last_seq=2)
    await streaming.write(token(leader, 1, "a"), done(leader, 2, answer))
    assert _told(await some(streaming, reader, 1)) == [("1.1", "token")]
    with pytest.raises(TimeoutError):
        await whole(reader, seconds=1.5)
    await _finish(streaming, ids[1:], "a", 2)
    assert _told(await whole(reader)) == [("1.2", "done")]


async def test_a_follower_of_a_new_attempt_is_told_to_begin_again(streaming: Streaming) -> None:
    ids = await _flight(streaming)
    reader = await streaming.attach(ids[1])
    await streaming.write(token(ids[0], 1, "void"))
    await some(streaming, reader, 1)
    await running_tasks.raise_attempt(streaming.pool, ids[0])
    restart = token(ids[0], 1, "", attempt=2)._replace(event="restart", data='{"attempt":2,"reason":"worker_lost"}')
    await streaming.write(restart, token(ids[0], 2, "good", attempt=2))
    await _finish(streaming, ids, "good", 3, attempt=2)
    assert _told(await whole(reader)) == [("2.1", "restart"), ("2.2", "token"), ("2.3", "done")]


@pytest.mark.parametrize("who", [0, 1], ids=["leader", "follower"])
async def test_who_stops_is_shown_what_there_was_and_the_others_everything(streaming: Streaming, who: int) -> None:
    ids = await _flight(streaming)
    readers = [await streaming.attach(task) for task in ids]
    await streaming.write(*tokens(ids[0], ["a", "b"]))
    for reader in readers:
        await some(streaming, reader, 2)
    await _stop(streaming, ids[who])
    await streaming.write(*tokens(ids[0], ["c"], first=3))
    stopped = await whole(readers[who])
    assert _told(stopped) == [("1.3", "done")]
    assert (stopped[-1].data["answer"]["text"], stopped[-1].data["answer"]["task_id"]) == ("ab", str(ids[who]))
    await _end_for_others(streaming, ids, who, "abc")
    assert _told(await whole(readers[1 - who])) == [("1.3", "token"), ("1.4", "done")]
    for after, expected in ((None, ["1.1", "1.2", "1.3"]), ("1.1", ["1.2", "1.3"])):
        assert [event.id for event in await whole(await streaming.attach(ids[who], after))] == expected


async def _end_for_others(streaming: Streaming, ids: list[UUID], left: int, text: str) -> None:
    """The finishing transaction of a run whose leader or follower has left it."""
    remaining = [task for task in ids if task != ids[left]]
    for task in remaining:
        answer = await running_tasks.finish(streaming.pool, task, text=text, last_seq=4)
        await streaming.pool.execute("UPDATE chat.tasks SET attempt = 1 WHERE id = $1", task)
    await streaming.write(done(ids[0], 4, answer))


async def test_a_stop_before_the_first_event_ends_with_the_first_event(streaming: Streaming) -> None:
    ids = await _flight(streaming)
    reader = await streaming.attach(ids[1])
    await _stop(streaming, ids[1])
    assert _told(await whole(reader)) == [("1.1", "done")]


async def test_a_reader_who_was_shown_more_than_the_stop_counted_is_told_the_whole_again(streaming: Streaming) -> None:
    """A chunk is on its way while the stop reads the table; the answer has to be what the student sees in the end."""
    ids = await _flight(streaming)
    reader = await streaming.attach(ids[1])
    await streaming.write(token(ids[0], 1, "a"))
    await some(streaming, reader, 1)
    streaming.hub._heard(f"{ids[0]} 1 2 token " + '{"text":"b"}')
    await some(streaming, reader, 1)
    await _stop(streaming, ids[1])
    events = await whole(reader)
    assert _told(events)[0] == ("2.1", "restart")
    assert (texts(events), events[-1].name, events[-1].data["answer"]["text"]) == (["a"], "done", "a")


async def test_a_stop_that_nobody_was_told_of_is_found_by_looking(streaming: Streaming) -> None:
    ids = await _flight(streaming)
    reader = await streaming.attach(ids[1])
    await streaming.write(token(ids[0], 1, "a"))
    await some(streaming, reader, 1)
    await streaming.pool.execute("DELETE FROM chat.stream_subscribers")
    await _stop(streaming, ids[1])
    async with asyncio.timeout(5):
        assert _told(await whole(reader)) == [("1.2", "done")]
