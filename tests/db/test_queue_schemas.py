"""procrastinate's schema stands twice; each copy works from any connection and never touches the other."""

import json
from uuid import UUID

import asyncpg
import pytest
from support.questions import asked

from app.db import engine, enqueue
from app.jobs.queues import Queue, make_app

_DEFER = """SELECT {schema}.procrastinate_defer_jobs_v1(ARRAY[
    ROW('q', 'a.task', 0, NULL, $1, '{{}}'::jsonb, NULL)::{schema}.procrastinate_job_to_defer_v1])"""


async def test_every_function_of_both_queues_is_bound_to_its_schema(connection: engine.Connection) -> None:
    rows = await connection.fetch(
        """SELECT n.nspname AS schema, p.proname AS name, p.proconfig AS config FROM pg_proc p
           JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ('queue_chat', 'queue_bulk')"""
    )
    chat, bulk = ({row["name"] for row in rows if row["schema"] == schema} for schema in ("queue_chat", "queue_bulk"))

    assert len(chat) > 10
    assert chat == bulk
    assert [row["name"] for row in rows if row["config"] != [f"search_path={row['schema']}, pg_temp"]] == []


@pytest.mark.parametrize("path", ["public", "polity", "queue_chat", "queue_bulk", "pg_catalog", "''"])
@pytest.mark.parametrize("schema", ["queue_chat", "queue_bulk"])
async def test_a_job_goes_into_its_own_queue_from_any_search_path(
    connection: engine.Connection, schema: str, path: str
) -> None:
    await connection.execute(f"SET search_path = {path}")
    await connection.fetchval(_DEFER.format(schema=schema), None)
    counts = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM queue_chat.procrastinate_jobs WHERE queue_name = 'q') AS queue_chat,"
        " (SELECT count(*) FROM queue_bulk.procrastinate_jobs WHERE queue_name = 'q') AS queue_bulk"
    )
    events = await connection.fetchval(f"SELECT count(*) FROM {schema}.procrastinate_events")

    assert {name: count for name, count in counts.items() if count} == {schema: 1}
    assert events >= 1


async def test_a_queueing_lock_in_one_queue_is_none_in_the_other(connection: engine.Connection) -> None:
    for schema in ("queue_chat", "queue_bulk"):
        await connection.fetchval(_DEFER.format(schema=schema), "the same lock")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.fetchval(_DEFER.format(schema="queue_bulk"), "the same lock")


async def test_a_question_enqueued_by_our_sql_is_fetched_by_procrastinate(database: str) -> None:
    task_id = await _enqueue(database)
    async with make_app("chat", database).open_async() as app:
        worker_id = await app.job_manager.register_worker()
        job = await app.job_manager.fetch_job(queues=["chat"], worker_id=worker_id)

    assert job is not None
    assert (job.task_name, job.queue, job.task_kwargs) == ("chat:answer", "chat", {"task_id": str(task_id)})
    assert job.task_name in app.tasks


@pytest.mark.parametrize(("queue", "sees"), [("chat", 1), ("bulk", 0)])
async def test_a_worker_sees_its_own_queue_only(database: str, queue: Queue, sees: int) -> None:
    await _enqueue(database)
    async with make_app(queue, database).open_async() as app:
        jobs = list(await app.job_manager.list_jobs_async())

    assert len(jobs) == sees


async def test_an_enqueue_that_is_rolled_back_leaves_no_job(connection: engine.Connection, student: str) -> None:
    before = await connection.fetchval("SELECT count(*) FROM queue_chat.procrastinate_jobs")
    undone = connection.transaction()
    await undone.start()
    question = asked(student)
    await connection.fetchval(
        "SELECT chat.enqueue($1, $2, $2, 'text', 'text', '{}', 'en', 'set', '\\x00')", student, question.task_id
    )
    during = await connection.fetchval("SELECT count(*) FROM queue_chat.procrastinate_jobs")
    await undone.rollback()

    assert during == before + 1
    assert await connection.fetchval("SELECT count(*) FROM queue_chat.procrastinate_jobs") == before


async def test_an_enqueue_wakes_the_chat_workers(database: str) -> None:
    heard: list[str] = []
    listener = await engine.connect(database)
    for channel in ("procrastinate_any_queue_v1", "procrastinate_queue_v1#chat"):
        await listener.add_listener(channel, lambda *notified: heard.append(str(notified[3])))
    await _enqueue(database)
    await listener.execute("SELECT 1")
    await listener.close()

    assert [json.loads(payload)["type"] for payload in heard] == ["job_inserted", "job_inserted"]


async def _enqueue(dsn: str) -> UUID:
    question = asked("a student")
    async with engine.open_pool(dsn, application="test", size=1) as pool:
        await enqueue.enqueue_one(pool, question, session_id=question.task_id)
    return question.task_id
