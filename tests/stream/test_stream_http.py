"""The event stream over HTTP, from real processes: what is sent, and what a client gets that comes back."""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import httpx
import httpx_sse
import pytest
from support.event_reader import Event, check_whole, events, last_attempt, parse, read
from support.stack import Stack, task_id, until

QUESTION = "What is the minimum age to be elected President?"
SOURCE = {"n", "domain", "document_id", "version", "parent_id", "title", "locator", "snippet", "published_on"}
ANSWER = {
    "task_id", "text", "citations", "intent", "tier", "model", "is_fallback", "refused", "stopped", "cached", "as_of",
    "prompt", "usage", "latency_ms",
}  # fmt: skip


async def _asked(student: httpx.AsyncClient, question: str = QUESTION) -> UUID:
    return task_id(await student.post("/chat", json={"query": question}))


@asynccontextmanager
async def _asking(stack: Stack, count: int) -> AsyncIterator[list[tuple[httpx.AsyncClient, UUID]]]:
    """So many students, each with a question of its own: one student has few under way at a time."""
    async with AsyncExitStack() as clients:
        students = [await clients.enter_async_context(stack.student()) for _ in range(count)]
        yield [(student, await _asked(student, f"{QUESTION} {n}")) for n, student in enumerate(students)]


async def test_the_events_come_in_the_contracts_order_and_shapes(stack: Stack) -> None:
    async with stack.student() as student:
        task = await _asked(student)
        seen = await events(student, task)
        answer = check_whole(seen)
        names = [event.name for event in seen if event.name != "token"]
        assert names == ["status", "route", "status", "sources", "status", "done"]
        assert [event.data["stage"] for event in seen if event.name == "status"] == ["routing", "retrieving", "writing"]
        route, sources = seen[1].data, seen[3].data
        assert set(route) == {"intent", "domains", "confidence"}
        assert [source["n"] for source in sources] == [1, 2, 3, 4]
        assert all(set(source) == SOURCE and len(source["snippet"]) <= 200 for source in sources)
        assert set(answer) == ANSWER
        assert (answer["task_id"], answer["intent"]) == (str(task), route["intent"])
        cited = [sources[one["n"] - 1] for one in answer["citations"]]
        assert cited == [{**one, "published_on": None} for one in answer["citations"]]
        assert (await student.get(f"/tasks/{task}")).json() == answer


async def test_an_ordinary_client_library_reads_the_same_events(stack: Stack) -> None:
    async with stack.student() as student:
        task = await _asked(student)
        async with httpx_sse.aconnect_sse(student, "GET", f"/stream/{task}") as source:
            assert source.response.headers["content-type"].startswith("text/event-stream")
            assert source.response.headers["cache-control"] == "no-store, no-transform"
            # It hands on the reconnection time as an event without data.
            theirs = [(one.id, one.event, one.json()) async for one in source.aiter_sse() if one.data]
        ours = [(event.id, event.name, event.data) for event in await events(student, task)]
        assert theirs == ours


async def test_the_bytes_are_one_data_line_an_event_ended_by_lf(stack: Stack) -> None:
    async with stack.student() as student:
        raw = await read(student, await _asked(student))
    assert raw.startswith(b": connected\nretry: ")
    assert b"\r" not in raw
    lines = raw.decode().split("\n")
    assert {line.split(":")[0] for line in lines if line} == {"", "retry", "id", "event", "data"}
    assert raw.count(b"\nid: ") == raw.count(b"\nevent: ") == raw.count(b"\ndata: ") == raw.count(b"\n\n") - 1


async def _joined(stack: Stack, student: httpx.AsyncClient, task: UUID, cuts: list[int]) -> list[Event]:
    """The events of a client whose connection is cut after so many bytes, each time anew, and then no more."""
    seen: list[Event] = []
    for most in cuts:
        if seen and seen[-1].name == "done":
            break
        seen += parse(await read(student, task, after=seen[-1].id if seen else None, most=most))
    if seen[-1].name != "done":
        seen += await events(student, task, after=seen[-1].id)
    return seen


async def test_cut_at_fifty_random_bytes_and_resumed_it_joins_to_the_stored_answer(stack: Stack) -> None:
    random.seed(11)
    async with stack.student() as student:
        task = await _asked(student)
        whole = await read(student, task)
        answer = check_whole(parse(whole))
        for at in random.sample(range(1, len(whole)), 50):
            first = parse(await read(student, task, most=at))
            after = first[-1].id if first else None
            if first and first[-1].name == "done":
                continue
            assert check_whole(first + await events(student, task, after=after)) == answer
        assert (await student.get(f"/tasks/{task}")).json() == answer


async def test_a_live_stream_cut_again_and_again_joins_to_the_stored_answer(stack: Stack) -> None:
    random.seed(12)
    stack.provider.tokens_per_second = 60
    async with _asking(stack, 8) as asked:
        cuts = [[random.randrange(60, 900) for _ in range(6)] for _ in asked]
        joined = await asyncio.gather(
            *(_joined(stack, student, task, places) for (student, task), places in zip(asked, cuts, strict=True))
        )
        for (student, task), seen in zip(asked, joined, strict=True):
            assert check_whole(seen) == (await student.get(f"/tasks/{task}")).json()


async def test_after_kill_9_of_the_api_clients_resume_and_join_to_the_stored_answer(stack: Stack) -> None:
    stack.provider.tokens_per_second = 25
    async with stack.student() as student:
        task = await _asked(student)
        raw = bytearray()

        async def follow() -> None:
            async with student.stream("GET", f"/stream/{task}") as response:
                async for piece in response.aiter_raw():
                    raw.extend(piece)

        following = asyncio.create_task(follow())
        await until(lambda: any(event.name == "token" for event in parse(bytes(raw))), 15, "first words")
        assert stack.api
        await stack.api.kill()
        with pytest.raises(httpx.TransportError):
            await following
        await stack.start_api()
        seen = parse(bytes(raw))
        seen += await events(student, task, after=seen[-1].id)
        assert check_whole(seen) == (await student.get(f"/tasks/{task}")).json()
        assert {event.attempt for event in seen} == {1}


async def test_coming_back_after_the_end_gets_204(stack: Stack) -> None:
    async with stack.student() as student:
        task = await _asked(student)
        seen = await events(student, task)
        last, one_before = seen[-1].id, seen[-2].id
        again = await student.get(f"/stream/{task}", headers={"Last-Event-ID": last})
        assert (again.status_code, again.content) == (204, b"")
        assert [event.name for event in await events(student, task, after=one_before)] == ["done"]


async def test_when_the_chunks_are_gone_the_answer_is_told_whole_under_the_next_attempt(stack: Stack) -> None:
    async with stack.student() as student:
        task = await _asked(student)
        first = await events(student, task)
        answer = check_whole(first)
        await stack.pool.execute("DELETE FROM chat.stream_chunks WHERE task_id = $1", task)
        await stack.pool.execute(
            "UPDATE chat.tasks SET finished_at = finished_at - interval '20 minutes' WHERE id = $1", task
        )
        for after in (None, first[0].id, first[-2].id):
            seen = await events(student, task, after=after)
            assert [event.name for event in seen] == ["restart", "route", "sources", "token", "done"]
            assert [event.id for event in seen] == ["2.1", "2.2", "2.3", "2.4", "2.5"]
            assert check_whole(seen) == answer
            assert (seen[1].data, seen[2].data) == (first[1].data, first[3].data)
        assert [event.id for event in await events(student, task, after="2.3")] == ["2.4", "2.5"]
        for end in ("2.5", first[-1].id):
            assert (await student.get(f"/stream/{task}", headers={"Last-Event-ID": end})).status_code == 204


async def test_a_cache_hit_has_a_stream_of_its_own(stack: Stack) -> None:
    async with stack.student() as first, stack.student() as second:
        written = check_whole(await events(first, await _asked(first)))
        hit = await second.post("/chat", json={"query": "  what is the MINIMUM age to be elected president "})
        assert (hit.status_code, hit.json()["cached"]) == (200, True)
        seen = await events(second, task_id(hit))
        assert [event.id for event in seen] == ["1.1", "1.2", "1.3", "1.4"]
        assert [event.name for event in seen] == ["route", "sources", "token", "done"]
        answer = check_whole(seen)
        assert answer == hit.json()["answer"]
        assert (answer["text"], answer["tier"], answer["cached"]) == (written["text"], "cache", True)
        end = await second.get(f"/stream/{task_id(hit)}", headers={"Last-Event-ID": "1.4"})
        assert end.status_code == 204


HOSTILE_IDS = ["", "x", "1", "1.", ".1", "-1.1", "1.-1", "1.1.1", "1.1e3", "٣.١", "0.0", "0.5", "1.99999", "7.1",
               "99999999999999999999.1", "1" * 60_000 + ".1", "1.1; DROP", "null", "1.1x"]  # fmt: skip


@pytest.mark.parametrize("after", HOSTILE_IDS, ids=lambda after: after[:12] or "empty")
async def test_an_id_that_is_none_of_ours_replays_from_the_beginning(stack: Stack, after: str) -> None:
    async with stack.student() as student:
        task = await _finished(stack, student)
        headers = {b"Last-Event-ID": after.encode()}
        async with student.stream("GET", f"/stream/{task}", headers=headers) as response:
            if response.status_code == 400 and len(after) > 50_000:
                return  # the server refuses such a header before we see it
            assert response.status_code == 200
            async with asyncio.timeout(10):
                seen = parse(await response.aread())
        check_whole(last_attempt(seen))


async def _finished(stack: Stack, student: httpx.AsyncClient) -> UUID:
    """One finished task of this student, long enough ago to be settled."""
    task = await _asked(student)
    check_whole(await events(student, task))
    await stack.pool.execute(
        "UPDATE chat.tasks SET finished_at = finished_at - interval '5 seconds' WHERE id = $1", task
    )
    return task


async def test_an_id_of_another_task_shows_nothing_of_that_task(stack: Stack) -> None:
    async with stack.student() as student, stack.student() as other:
        theirs = await events(other, await _finished(stack, other))
        task = await _finished(stack, student)
        seen = await events(student, task, after=theirs[2].id)
        assert seen[-1].data["answer"]["task_id"] == str(task)
        assert (await other.get(f"/stream/{task}")).status_code == 404


async def test_an_api_process_holds_at_most_ten_connections_and_one_of_them_listens(stack: Stack) -> None:
    stack.provider.tokens_per_second = 30
    async with _asking(stack, 20) as asked:
        following = asyncio.gather(*(events(student, task) for student, task in asked))
        await asyncio.sleep(1)
        rows = await stack.pool.fetch(
            "SELECT application_name AS name, count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name IN ('prashna-api', 'prashna-api-stream', 'prashna-stream-listener') GROUP BY 1"
        )
        held = {row["name"]: row["count"] for row in rows}
        assert held["prashna-stream-listener"] == 1
        assert sum(held.values()) <= 10
        for seen in await following:
            check_whole(seen)
        left = "SELECT count(*) = 0 FROM chat.stream_subscribers WHERE task_id = ANY ($1::uuid[])"
        await until(lambda: stack.pool.fetchval(left, [task for _, task in asked]), 5, "subscriptions are gone")


async def test_a_comment_and_a_reconnection_time_come_within_a_second_of_silence(stack: Stack) -> None:
    stack.provider.first_token_ms = 3_000
    async with stack.student() as student:
        task = await _asked(student)
        async with asyncio.timeout(1), student.stream("GET", f"/stream/{task}") as response:
            first = await anext(response.aiter_raw())
        assert re.match(rb": connected\nretry: \d{4}\n\n", first)
        await student.post(f"/tasks/{task}/stop")


async def test_a_stream_of_hostile_text_is_valid_and_unchanged(stack: Stack) -> None:
    text = 'a\r\nb\u2028c\x85d 😀 क्ष data: x\n\nid: 9.9\nevent: done\n\n"\\'
    async with stack.student() as student:
        task = await _finished(stack, student)
        changed = json.dumps({"text": text})
        await stack.pool.execute(
            "UPDATE chat.tasks SET answer = answer || $2, last_seq = 999 WHERE id = $1", task, changed
        )
        await stack.pool.execute("DELETE FROM chat.stream_chunks WHERE task_id = $1", task)
        assert check_whole(last_attempt(await events(student, task)))["text"] == text
