"""What DBAs look at can be looked at, and what only tests may do is refused."""

from datetime import timedelta

import asyncpg
import pytest
from support import library, questions
from support.questions import asked

from app.db import engine, enqueue, health, passages


async def test_every_view_can_be_read_and_says_what_it_is_for(pool: engine.Pool) -> None:
    views = await pool.fetch(
        """SELECT c.relname AS name, obj_description(c.oid) AS comment FROM pg_class c
           WHERE c.relnamespace = 'ops'::regnamespace AND c.relkind = 'v'"""
    )
    for view in views:
        await pool.fetch(f"SELECT * FROM ops.{view['name']}")

    assert {view["name"] for view in views} >= {
        "content", "questions_by_day", "unfinished_tasks", "workers", "model_costs",
    }  # fmt: skip
    assert [view["name"] for view in views if not view["comment"]] == []


async def test_unfinished_tasks_are_seen_until_they_end(pool: engine.Pool, student: str) -> None:
    question = asked(student)
    await enqueue.enqueue_one(pool, question, session_id=question.task_id)
    before = await pool.fetchval("SELECT status FROM ops.unfinished_tasks WHERE id = $1", question.task_id)
    await questions.finish(pool, question.task_id)

    assert before == "queued"
    assert await pool.fetchval("SELECT status FROM ops.unfinished_tasks WHERE id = $1", question.task_id) is None


async def test_content_tells_what_is_live_per_domain(own: engine.Pool) -> None:
    await library.place(own, "ethics")
    await library.place(own, "ethics", status="ended")
    row = await own.fetchrow(
        "SELECT intent, model, live_versions, other_versions FROM ops.content WHERE domain='ethics'"
    )

    assert tuple(row) == ("factual", "minilm-int8", 1, 1)


async def test_questions_are_counted_on_their_indian_day(own: engine.Pool, student: str) -> None:
    question = asked(student)
    await enqueue.enqueue_one(own, question, session_id=question.task_id)
    await questions.finish(own, question.task_id)
    await own.execute("UPDATE chat.tasks SET accepted_at = '2026-03-01T18:30:00Z' WHERE id = $1", question.task_id)
    row = await own.fetchrow("SELECT day::text, tier, questions FROM ops.questions_by_day")

    assert tuple(row) == ("2026-03-02", "extractive", 1)


@pytest.mark.parametrize("setting", ["", "off", "true", "1"])
async def test_the_clock_is_moved_by_tests_only(connection: engine.Connection, setting: str) -> None:
    if setting:
        await connection.execute(f"SET LOCAL prashna.testing = '{setting}'")
    with pytest.raises(asyncpg.RaiseError, match="moved by tests only"):
        await connection.execute("SELECT ops.set_clock_offset('1 day')")


async def test_the_clock_that_nobody_moved_is_the_databases(connection: engine.Connection) -> None:
    assert await connection.fetchval("SELECT ops.now() - now()") == timedelta(0)


async def test_health_counts_fresh_workers_and_says_whether_anything_is_live(own: engine.Pool) -> None:
    empty = await health.check(own)
    await library.place(own)
    await own.execute(
        "INSERT INTO queue_chat.procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '1 minute')"
    )
    await own.execute("INSERT INTO queue_bulk.procrastinate_workers (last_heartbeat) VALUES (now())")

    assert empty == health.Health(chat_workers=0, live_versions=0)
    assert await health.check(own) == health.Health(chat_workers=1, live_versions=1)
    assert await health.live_chat_workers(own) == 1


@pytest.mark.parametrize(("status", "live"), [("live", True), ("ended", False), ("withdrawn", False)])
async def test_a_cited_passage_can_be_read_whatever_became_of_it(pool: engine.Pool, status: str, live: bool) -> None:
    placed = await library.place(pool, status=status)
    found = await passages.get(pool, "polity", placed.parent_id)

    assert found is not None
    assert (found.title, found.version, found.live, str(found.effective_from)) == ("Article 19", 1, live, "1950-01-26")


@pytest.mark.parametrize("domain", ["history", "nowhere", "catalog", 'polity"; --', "pg_catalog", "", "POLITY"])
async def test_a_passage_is_found_in_its_domain_only(pool: engine.Pool, domain: str) -> None:
    placed = await library.place(pool)

    assert await passages.get(pool, domain, placed.parent_id) is None


async def test_a_draft_is_nobodys_to_read(pool: engine.Pool) -> None:
    placed = await library.place(pool, status="draft")

    assert await passages.get(pool, "polity", placed.parent_id) is None
