"""An apply that is killed leaves nothing behind, or all of it with the jobs that make it live."""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from content_desk import PROSE, Desk

COMMAND = """
import asyncio, sys
from app.settings import Settings
from ingest.commands import run_apply
sys.exit(asyncio.run(run_apply(sys.argv[1], Settings.from_env({}), [sys.argv[2]], "polity")))
"""
NOTHING = {"documents": 0, "versions": 0, "parents": 0, "chunks": 0, "embeddings_minilm_int8": 0, "revisions": 0}


@asynccontextmanager
async def _applying(desk: Desk) -> AsyncIterator[Process]:
    """A process that applies the folder, killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND, desk.dsn, str(desk.folder), stdout=PIPE
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _until(desk: Desk, condition: str) -> None:
    """Wait for a condition on the sessions of applies."""
    asked = f"SELECT {condition} FROM pg_stat_activity WHERE datname = current_database()"
    asked += " AND application_name = 'prashna-ingest'"
    async with asyncio.timeout(30):
        while (await desk.fetch(asked)) != [(True,)]:
            await asyncio.sleep(0.05)


async def _live_and_drafts(desk: Desk) -> tuple[int, int]:
    [row] = await desk.fetch(
        "SELECT count(*) FILTER (WHERE status = 'live'), count(*) FILTER (WHERE status = 'draft') FROM polity.versions"
    )
    return int(str(row[0])), int(str(row[1]))


async def test_killed_while_embedding_it_is_continued_without_embedding_twice(desk: Desk) -> None:
    for number in range(240):
        desk.document(f"{number:03}.md", f"{PROSE} Number {number}. " * 3)
    async with _applying(desk) as process:
        async with asyncio.timeout(60):
            while (await _live_and_drafts(desk))[0] == 0:
                await asyncio.sleep(0.02)
        process.kill()
        assert await process.wait() == -9
    live, drafts = await _live_and_drafts(desk)
    assert 0 < live < 240
    assert live + drafts == 240
    # What is live is whole, and nothing else is.
    [(lacking,)] = await desk.fetch(
        "SELECT count(*) FROM polity.versions v JOIN polity.parents p ON p.version_id = v.id JOIN polity.chunks c"
        " ON c.parent_id = p.id LEFT JOIN polity.embeddings_minilm_int8 e ON e.chunk_id = c.id"
        " WHERE v.status = 'live' AND e.chunk_id IS NULL"
    )
    assert lacking == 0
    summary = await desk.apply()
    assert (summary.unchanged, summary.revision, summary.waits, summary.exit_code) == (240, None, False, 0)
    assert await _live_and_drafts(desk) == (240, 0)
    counts = await desk.counts()
    assert (counts["revisions"], counts["chunks"]) == (1, counts["embeddings_minilm_int8"])
    assert await desk.fetch("SELECT count(*) FROM queue_bulk.procrastinate_jobs") == [(0,)]


async def test_killed_in_the_middle_of_the_transaction(desk: Desk) -> None:
    desk.document("governor.md")
    holder = await asyncpg.connect(desk.dsn)
    transaction = holder.transaction()
    await transaction.start()
    # The apply has written its versions and parents when it comes to the chunks.
    await holder.execute("LOCK TABLE polity.chunks IN SHARE MODE")
    async with _applying(desk) as process:
        await _until(desk, "coalesce(bool_or(wait_event_type = 'Lock'), false)")
        process.kill()
        assert await process.wait() == -9
    await transaction.rollback()
    await holder.close()
    await _until(desk, "count(*) = 0")
    assert await desk.counts() == NOTHING
    assert await desk.fetch("SELECT count(*) FROM queue_bulk.procrastinate_jobs") == [(0,)]
    assert (await desk.apply()).revision is not None
    assert await _live_and_drafts(desk) == (1, 0)
