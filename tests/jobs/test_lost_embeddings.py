"""What no job is for any more gets one: live texts too, in the namespace that serves and in the one gone back to."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.db import bulk, catalog, content, embeddings, engine
from app.db.catalog import Namespace

_TEXT = """
WITH revision AS (
    INSERT INTO catalog.revisions (domain, kind, message, author) VALUES ('polity', 'apply', 'm', 'a') RETURNING id
), document AS (INSERT INTO polity.documents (key) VALUES ('governor') RETURNING id
), version AS (
    INSERT INTO polity.versions (document_id, number, content_hash, status, revision_id, title, live_at)
    SELECT document.id, 1, 'h', 'live', revision.id, 't', ops.now() FROM document, revision RETURNING id
), parent AS (
    INSERT INTO polity.parents (version_id, position, header, locator, text, tokens)
    SELECT id, 0, 'h', 'l', 't', 1 FROM version RETURNING id
)
INSERT INTO polity.chunks (parent_id, position, header, text, tokens) SELECT id, 0, 'h', 't', 1 FROM parent
"""

# Enough of them for a hundred jobs.
_TEXTS = """
WITH document AS (INSERT INTO polity.documents (key) SELECT 'k' || n FROM generate_series(1, 100) n RETURNING id
), version AS (
    INSERT INTO polity.versions (document_id, number, content_hash, status, revision_id, title, live_at)
    SELECT document.id, 1, 'h' || document.id, 'live', revisions.id, 't', ops.now()
    FROM document, catalog.revisions AS revisions RETURNING id
), parent AS (
    INSERT INTO polity.parents (version_id, position, header, locator, text, tokens)
    SELECT id, 0, 'h', 'l', 't', 1 FROM version RETURNING id
)
INSERT INTO polity.chunks (parent_id, position, header, text, tokens)
SELECT id, n, 'h', 't', 1 FROM parent, generate_series(1, 100) n
"""


@pytest.fixture
async def desk(database: str) -> AsyncIterator[engine.Connection]:
    """A live text without any embedding, and a namespace beside the active one that was cut over from."""
    async with content.open_desk(database) as connection:
        await connection.execute(_TEXT)
        await connection.execute("SELECT catalog.begin_namespace('polity', 'old', 'text-embedding-3-small', 1536)")
        await connection.execute(
            "UPDATE catalog.namespaces SET status = 'retiring', retire_after = ops.now() WHERE name = 'old'"
        )
        yield connection


async def _spaces(desk: engine.Connection) -> list[Namespace]:
    return await catalog.live_namespaces(desk, "polity", ("active", "retiring"))


async def _embed(desk: engine.Connection, space: Namespace) -> None:
    await desk.execute(
        f"INSERT INTO polity.embeddings_{space.name}"
        f" SELECT id, array_fill(0.5, ARRAY[{space.dimensions}])::vector FROM polity.chunks"
    )


@pytest.mark.parametrize("there", ["active", "retiring"])
async def test_a_live_text_that_one_of_them_lacks_gets_one_job(desk: engine.Connection, there: str) -> None:
    [space] = [one for one in await _spaces(desk) if one.status == there]
    await _embed(desk, space)
    assert [await bulk.defer_lost(desk), await bulk.defer_lost(desk)] == [1, 0]


async def test_what_is_everywhere_gets_none(desk: engine.Connection) -> None:
    for space in await _spaces(desk):
        await _embed(desk, space)
    assert await bulk.defer_lost(desk) == 0


async def test_what_a_job_brings_meanwhile_is_not_lost(desk: engine.Connection, database: str) -> None:
    await desk.execute(_TEXTS)
    await bulk.defer_lost(desk)
    spaces = await _spaces(desk)

    async def work() -> None:
        for row in await desk.fetch("SELECT id, args -> 'versions' AS versions FROM queue_bulk.procrastinate_jobs"):
            for space in spaces:
                await desk.execute(
                    f"INSERT INTO polity.embeddings_{space.name}"
                    f" SELECT id, array_fill(0.5, ARRAY[{space.dimensions}])::vector FROM polity.chunks"
                    " WHERE $1::jsonb ? version_id::text",
                    row["versions"],
                )
            await desk.execute("DELETE FROM queue_bulk.procrastinate_jobs WHERE id = $1", row["id"])

    looks = []
    async with content.open_desk(database) as chore:
        worker = asyncio.create_task(work())
        while not worker.done():
            looks.append(await bulk.defer_lost(chore, "polity"))
        await worker
    assert looks
    assert not any(looks)


async def test_what_failed_for_good_gets_another_job_ten_minutes_later_and_not_each_minute(
    desk: engine.Connection,
) -> None:
    await bulk.defer_lost(desk)
    jobs = "SELECT id FROM queue_bulk.procrastinate_jobs"
    job = await desk.fetchval(jobs)
    await desk.execute("UPDATE queue_bulk.procrastinate_jobs SET status = 'doing'")
    await desk.execute("SELECT queue_bulk.procrastinate_finish_job_v1($1, 'failed', false)", job)
    assert [await bulk.drop_failed(desk), await bulk.defer_lost(desk)] == [0, 0]
    await desk.execute("UPDATE queue_bulk.procrastinate_events SET at = at - interval '11 minutes'")
    assert [await bulk.drop_failed(desk), await bulk.defer_lost(desk)] == [1, 1]
    assert await desk.fetchval(jobs) != job


async def test_whoever_waits_has_what_failed_tried_at_once(desk: engine.Connection) -> None:
    await bulk.defer_lost(desk)
    job = await desk.fetchval("UPDATE queue_bulk.procrastinate_jobs SET status = 'doing' RETURNING id")
    await desk.execute("SELECT queue_bulk.procrastinate_finish_job_v1($1, 'failed', false)", job)
    versions = [row["id"] for row in await desk.fetch("SELECT id FROM polity.versions")]
    assert not await bulk.is_tended(desk, "polity", [], versions)
    assert await bulk.drop_failed(desk, "history", after=timedelta()) == 0
    assert await bulk.drop_failed(desk, "polity", after=timedelta()) == 1
    assert await bulk.defer_lost(desk, "polity") == 1
    assert await bulk.is_tended(desk, "polity", [], versions)


async def test_only_what_is_waited_for_is_hurried(desk: engine.Connection) -> None:
    await bulk.defer_lost(desk)
    versions = [row["id"] for row in await desk.fetch("SELECT id FROM polity.versions")]
    await desk.execute("UPDATE queue_bulk.procrastinate_jobs SET scheduled_at = now() + interval '5 minutes'")
    delayed = "SELECT count(*) FROM queue_bulk.procrastinate_jobs WHERE scheduled_at > now()"
    await bulk.hurry(desk, "polity", [99], [])
    assert await desk.fetchval(delayed) == 1
    await bulk.hurry(desk, "polity", [], versions)
    assert await desk.fetchval(delayed) == 0


async def test_lacking_versions_are_named_by_status(desk: engine.Connection) -> None:
    [active, _] = await _spaces(desk)
    versions = [row["id"] for row in await desk.fetch("SELECT id FROM polity.versions")]
    assert await embeddings.lacking(desk, active, ["live"]) == versions
    assert await embeddings.lacking(desk, active, ["draft"]) == []
    assert await embeddings.lacking(desk, active, ["live"], 0) == []
