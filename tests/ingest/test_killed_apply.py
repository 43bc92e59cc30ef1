"""An apply that is killed leaves nothing behind, and the next one starts afresh."""

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


async def _nothing_is_there_and_the_next_apply_takes_all(desk: Desk) -> None:
    await _until(desk, "count(*) = 0")
    assert await desk.counts() == NOTHING
    summary = await desk.apply()
    assert (summary.added, summary.revision is not None) == (len(list(desk.folder.iterdir())), True)


async def test_killed_while_embedding(desk: Desk) -> None:
    for number in range(60):
        desk.document(f"{number:02}.md", f"{PROSE} Number {number}. " * 3)
    async with _applying(desk) as process:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            assert (await process.stdout.readline()).startswith(b"embedding ")
        process.kill()
        assert await process.wait() == -9
    await _nothing_is_there_and_the_next_apply_takes_all(desk)


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
    await _nothing_is_there_and_the_next_apply_takes_all(desk)
