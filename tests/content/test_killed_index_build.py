"""D7: an index build that was killed is found, taken away and made again."""

import asyncio
import signal
import sys
from pathlib import Path

import filled
import index_process
from loopback import LARGE, SMALL
from shelf import Shelf
from support.stack import until

from app.db import content, engine, namespace_index, namespaces, search
from app.db.catalog import Namespace
from app.errors import CutoverRefused
from app.settings import child_environment
from app.simulator import vectors

ROOT = Path(__file__).parents[2]
_SECONDS = 20.0


async def test_a_build_killed_half_way_is_made_again_by_the_next_run(
    database: str, shelf: Shelf, tmp_path: Path
) -> None:
    space = await _filled(database, shelf, tmp_path)
    # A writer that does not end: the build has made its entry in the catalogue and waits.
    writer = await engine.connect(database, settings={"idle_in_transaction_session_timeout": "0"})
    unfinished = writer.transaction()
    await unfinished.start()
    await writer.execute(f"LOCK TABLE {shelf.domain}.embeddings_large IN ROW EXCLUSIVE MODE")
    process = await asyncio.create_subprocess_exec(
        sys.executable, index_process.__file__, database, shelf.domain, space.name,
        cwd=ROOT, env=child_environment(PYTHONPATH=str(ROOT)),
    )  # fmt: skip
    await until(lambda: _waits(shelf, space), _SECONDS, "the build waits for the writer")
    process.kill()
    assert await process.wait() == -signal.SIGKILL
    # The writer is still there: nobody has to wait for it before the seat is free again.
    await until(lambda: _has_the_seat(database, shelf.domain), _SECONDS, "the seat is free")
    assert await namespace_index.valid(shelf.desk, space) is False
    await unfinished.rollback()
    await writer.close()

    said: list[str] = []
    assert await namespace_index.build(shelf.desk, space, warn=said.append)

    assert await namespace_index.valid(shelf.desk, space) is True
    assert said == []
    assert await shelf.desk.fetchval("SELECT count(*) FROM pg_index WHERE NOT indisvalid OR NOT indisready") == 0
    assert "embeddings_large_hnsw" in await _plan(shelf, space)
    # Once it is there, nothing is built again.
    assert not await namespace_index.build(shelf.desk, space, warn=said.append)


async def test_without_a_build_the_index_is_neither_valid_nor_broken(
    database: str, shelf: Shelf, tmp_path: Path
) -> None:
    space = await _filled(database, shelf, tmp_path)
    assert await namespace_index.valid(shelf.desk, space) is None
    assert "embeddings_large_hnsw" not in await _plan(shelf, space)


async def _filled(database: str, shelf: Shelf, folder: Path) -> Namespace:
    await shelf.put({f"document-{number:03}": f"Text {number} about article {number % 17}." for number in range(300)})
    space = await filled.begin(database, shelf, "large", LARGE, folder)
    await filled.embed(database, SMALL, LARGE)
    return space


async def _waits(shelf: Shelf, space: Namespace) -> bool:
    if await namespace_index.valid(shelf.desk, space) is None:
        return False
    return bool(
        await shelf.desk.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            " AND query LIKE 'CREATE INDEX CONCURRENTLY%'"
        )
    )


async def _has_the_seat(dsn: str, domain: str) -> bool:
    async with content.open_desk(dsn) as desk:
        try:
            await namespaces.claim(desk, domain)
        except CutoverRefused:
            return False
        return True


async def _plan(shelf: Shelf, space: Namespace) -> str:
    """How search would read the namespace if it had no time to read all of it."""
    [vector] = vectors.embed(["Text 7 about article 7."], space.dimensions)
    async with shelf.desk.transaction():
        await shelf.desk.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        return await search.dense_plan(shelf.desk, space, vector.tolist())
