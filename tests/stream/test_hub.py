"""The hub of one API process over a real database: what a reader gets, in which order, and from where."""

import asyncio
import contextlib
import time
from uuid import uuid4

import pytest
from streaming import Streaming, some, streaming_over, texts, whole
from support import running_tasks
from support.running_tasks import STUDENT, done, tokens
from support.stack import until

from app.api import hub as hubs
from app.api.frames import EventId
from app.api.hub import Hub
from app.api.subscriber import MOST_FRAMES
from app.db import engine, stream, tasks
from app.db.stream import Chunk
from app.errors import Busy, NotFound


async def test_what_was_written_before_comes_first_then_what_is_live(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    await streaming.write(*tokens(task, ["a", "b"]))
    reader = await streaming.attach(task)
    await streaming.write(*tokens(task, ["c"], first=3))
    answer = await running_tasks.finish(streaming.pool, task, text="abc", last_seq=4)
    await streaming.write(done(task, 4, answer))
    events = await whole(reader)
    assert [event.id for event in events] == ["1.1", "1.2", "1.3", "1.4"]
    assert texts(events) == ["a", "b", "c"]


async def test_live_text_comes_by_notification_not_by_waiting_for_the_repair(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    await streaming.write(*tokens(task, ["first"]))
    await some(streaming, reader, 1)
    began = time.monotonic()
    for seq in range(2, 12):
        await streaming.write(*tokens(task, [str(seq)], first=seq))
        await some(streaming, reader, 1)
    assert time.monotonic() - began < hubs.SILENCE_SECONDS


async def test_big_chunks_come_whole_and_in_order(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    said = ["small", "अनुच्छेद 😀" * 2_000, "after", "x" * 50_000, "end"]
    for chunk in tokens(task, said):
        await streaming.write(chunk)
    assert texts(await some(streaming, reader, len(said))) == said


async def test_a_new_attempt_begins_with_its_restart_and_old_chunks_are_not_shown(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    await streaming.write(*tokens(task, ["void"]))
    await some(streaming, reader, 1)
    await running_tasks.raise_attempt(streaming.pool, task)
    restart = Chunk(task, 2, 1, "restart", '{"attempt":2,"reason":"worker_lost"}')
    await streaming.write(*tokens(task, ["stale"], first=2), restart, *tokens(task, ["good"], first=2, attempt=2))
    assert [(event.id, event.name) for event in await some(streaming, reader, 2)] == [
        ("2.1", "restart"),
        ("2.2", "token"),
    ]
    late = await streaming.attach(task, "1.1")
    assert [event.id for event in await some(streaming, late, 2)] == ["2.1", "2.2"]


async def test_a_slow_reader_falls_back_to_the_table_and_gets_everything(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    slow, quick = await streaming.attach(task), await streaming.attach(task)
    said = [str(seq) for seq in range(1, 5 * MOST_FRAMES)]
    for chunk in tokens(task, said):
        await streaming.write(chunk)
        quick.frames.clear()
    assert len(slow.frames) <= MOST_FRAMES
    assert slow.behind
    assert texts(await some(streaming, slow, len(said))) == said


async def test_a_lost_listener_listens_again_and_nothing_is_missing(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    listener = "application_name = 'prashna-stream-listener' AND datname = current_database()"
    for round_ in range(3):
        await _until_listening(streaming, listener)
        await streaming.pool.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {listener}")
        await streaming.write(*tokens(task, [f"{round_}a", f"{round_}b"], first=2 * round_ + 1))
        assert texts(await some(streaming, reader, 2)) == [f"{round_}a", f"{round_}b"]
    await _until_listening(streaming, listener)
    await streaming.pool.execute("DELETE FROM chat.stream_subscribers")
    await streaming.pool.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {listener}")
    await until(lambda: _subscribed(streaming, 1), 5, "it is subscribed again")


async def _until_listening(streaming: Streaming, listener: str) -> None:
    found = f"SELECT count(*) FROM pg_stat_activity WHERE {listener} AND query LIKE '%LISTEN%' AND state = 'idle'"
    await until(lambda: streaming.pool.fetchval(found), 5, "it listens")


async def _subscribed(streaming: Streaming, count: int) -> bool:
    return await streaming.subscriptions() == count


async def test_a_lost_subscription_is_made_good_within_seconds(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    await streaming.pool.execute("DELETE FROM chat.stream_subscribers")
    await streaming.write(*tokens(task, ["unheard"]))
    assert texts(await some(streaming, reader, 1, seconds=3)) == ["unheard"]


async def test_leaving_takes_the_subscription_away(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    readers = [await streaming.attach(task) for _ in range(3)]
    assert (await streaming.subscriptions(), streaming.hub.open_streams) == (1, 3)
    for reader in readers:
        streaming.hub.detach(reader)
    assert streaming.hub.open_streams == 0
    await until(lambda: _subscribed(streaming, 0), 5, "it is unsubscribed")


async def test_a_reader_who_comes_back_while_its_subscription_is_taken_away_has_one_again(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    async with streaming.worker.transaction():
        await streaming.worker.execute("SELECT FROM chat.stream_subscribers FOR UPDATE")
        streaming.hub.detach(reader)
        waiting = """SELECT count(*) FROM pg_stat_activity
                     WHERE wait_event_type = 'Lock' AND datname = current_database() AND query LIKE 'DELETE%'"""
        await until(lambda: streaming.pool.fetchval(waiting), 5, "its subscription is being taken away")
        await streaming.attach(task)
    await asyncio.sleep(0.3)
    await until(lambda: _subscribed(streaming, 1), 5, "it is subscribed")


async def test_a_silent_stream_is_pinged(streaming: Streaming, monkeypatch, database: str) -> None:
    monkeypatch.setattr(hubs, "PING_SECONDS", 0.1)
    async with streaming_over(database) as quick:
        (task,) = await running_tasks.begin(quick.pool)
        reader = await quick.attach(task)
        async with asyncio.timeout(5):
            assert await reader.take() == b": ping\n\n"


async def test_a_done_that_was_lost_is_told_from_the_tasks_row(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    await streaming.write(*tokens(task, ["ab"]))
    answer = await running_tasks.finish(streaming.pool, task, text="ab", last_seq=2)
    events = await whole(reader)
    assert [(event.id, event.name) for event in events] == [
        ("1.1", "token"),
        ("2.1", "restart"),
        ("2.2", "route"),
        ("2.3", "sources"),
        ("2.4", "token"),
        ("2.5", "done"),
    ]
    assert events[-1].data == {"answer": answer}


async def test_text_behind_a_gap_in_the_table_is_never_shown(streaming: Streaming) -> None:
    """After a crash of the database the table begins in the middle; the worker goes on writing."""
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    await streaming.write(*tokens(task, ["a"]))
    await some(streaming, reader, 1)
    late = await streaming.attach(task)
    streaming.hub.detach(late)
    await streaming.pool.execute("TRUNCATE chat.stream_chunks")
    await streaming.write(*tokens(task, ["b", "c"], first=2))
    fresh = await streaming.attach(task)
    assert texts(await some(streaming, reader, 2)) == ["b", "c"]
    assert not fresh.frames
    answer = await running_tasks.finish(streaming.pool, task, text="abc", last_seq=4)
    await streaming.write(done(task, 4, answer))
    assert [event.name for event in await whole(reader)] == ["done"]
    assert texts(await whole(fresh)) == ["abc"]


async def test_waiting_for_what_the_table_has_lost_costs_one_look_a_second(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    streaming.hub._heard(f"{task} 1 7 token " + '{"text":"of a lost table"}')
    before = await _calls(streaming)
    await asyncio.sleep(1.5)
    assert reader.behind
    assert await _calls(streaming) - before <= 6


async def test_quiet_streams_are_not_read_again_and_again(streaming: Streaming) -> None:
    ids = await running_tasks.begin(streaming.pool, count=50)
    readers = [await streaming.attach(task) for task in ids]
    await streaming.write(*(tokens(task, ["a"])[0] for task in ids))
    for reader in readers:
        await some(streaming, reader, 1)
    before = await _calls(streaming)
    await asyncio.sleep(2.5 * hubs.SILENCE_SECONDS)
    assert await _calls(streaming) == before
    await streaming.pool.execute("DELETE FROM chat.stream_subscribers")
    await streaming.write(*tokens(ids[7], ["b"], first=2))
    assert texts(await some(streaming, readers[7], 1)) == ["b"]


async def _calls(streaming: Streaming) -> int:
    return await streaming.pool.fetchval(
        "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid"
        " WHERE d.datname = current_database() AND query LIKE '%max(attempt)%'"
    )


async def test_a_task_that_is_no_more_ends_with_gone(streaming: Streaming) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    reader = await streaming.attach(task)
    await streaming.pool.execute("DELETE FROM chat.tasks WHERE id = $1", task)
    assert [(event.name, event.data) for event in await whole(reader)] == [("gone", {})]


@pytest.mark.parametrize("after", ["2.99", "3.1", "9999999.9999999", "1.9999999"])
async def test_an_id_that_never_was_replays_a_finished_stream_from_its_beginning(
    streaming: Streaming, after: str
) -> None:
    (task,) = await running_tasks.begin(streaming.pool)
    await streaming.write(*tokens(task, ["ab"]))
    answer = await running_tasks.finish(streaming.pool, task, text="ab", last_seq=2, seconds_ago=5)
    await streaming.write(done(task, 2, answer))
    events = await whole(await streaming.attach(task, after))
    assert (texts(events), events[-1].name) == (["ab"], "done")


async def test_attaching_fails_cleanly_when_the_database_is_away(streaming: Streaming, empty_database: str) -> None:
    async with engine.open_pool(empty_database, application="tests", size=1) as elsewhere:
        hub = Hub(empty_database, elsewhere)
        (task,) = await running_tasks.begin(streaming.pool)
        state = await tasks.state(streaming.pool, task, owner=STUDENT)
        assert state is not None
        with pytest.raises(engine.DatabaseError):
            await hub.attach(state, EventId())
        assert hub.open_streams == 0


async def test_places_kept_and_streams_open_are_never_more_than_may_be(streaming: Streaming) -> None:
    hub = Hub(streaming.dsn, streaming.pool, most=2)
    (task,) = await running_tasks.begin(streaming.pool)
    state = await tasks.state(streaming.pool, task, owner=STUDENT)
    assert state is not None
    with hub.place():
        reader = await hub.attach(state, EventId())
    assert _free_places(hub) == 1
    with hub.place():
        assert _free_places(hub) == 0
    with contextlib.suppress(NotFound), hub.place():
        raise NotFound
    assert _free_places(hub) == 1
    hub.detach(reader)
    hub.detach(reader)
    assert _free_places(hub) == 2


def _free_places(hub: Hub) -> int:
    with contextlib.ExitStack() as places:
        for free in range(100):
            try:
                places.enter_context(hub.place())
            except Busy:
                return free
    raise AssertionError("there is no bound")


async def test_catching_up_uses_the_index_even_when_first_planned_on_an_empty_table(streaming: Streaming) -> None:
    # As after a quiet night: the planner knows that the table is empty, and would scan it.
    await streaming.pool.execute("VACUUM chat.stream_chunks")
    nobody = [stream.Cursor(uuid4(), 0, 0)]
    async with engine.open_pool(streaming.dsn, application="tests", size=1, settings=stream.READER_SETTINGS) as reader:
        for _ in range(10):
            await stream.read_after(reader, nobody)
        ids = await running_tasks.begin(streaming.pool, count=500)
        await streaming.pool.execute(
            """INSERT INTO chat.stream_chunks (task_id, attempt, seq, event, data)
               SELECT t, 1, s, 'token', '{"text":"w"}' FROM unnest($1::uuid[]) AS t, generate_series(1, 40) AS s""",
            ids,
        )
        before = await _rows_scanned(reader)
        found = await stream.read_after(reader, [stream.Cursor(task, 1, 35) for task in ids])
        scanned = await _rows_scanned(reader) - before
    assert len(found) == 5 * len(ids)
    # The generic plan scans the table for each stream: ten million rows.
    assert scanned <= 40 * len(ids)


async def _rows_scanned(reader: engine.Pool) -> int:
    """Rows of the chunk table that sequential scans have read."""
    await reader.execute("SELECT pg_stat_force_next_flush()")
    return await reader.fetchval("SELECT pg_stat_get_tuples_returned('chat.stream_chunks'::regclass)")
