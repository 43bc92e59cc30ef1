"""E4, E5: on the sixth day the way back finds what was published since; stored answers go with their namespace."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import filled
import pytest
from loopback import LARGE, SMALL
from shelf import Shelf
from support import clock
from support.questions import PROMPT_SET, answer

from app.db import cache, catalog, cutovers, engine, namespaces, search
from app.db.cache import CacheKey
from app.errors import CutoverRefused
from app.retrieval.calls import CallLog
from app.retrieval.passage import Retrieved
from app.retrieval.retriever import Retriever

OLD = {"article-52": "There shall be a President of India.", "article-63": "There shall be a Vice-President of India."}
NEW = {
    "article-52": "There shall be a President of India, says the text as it was changed after the cutover.",
    "article-999": "Every polling station has a ramp for wheelchairs, says a text of after the cutover.",
}
QUESTION = "Which ramp does every polling station have for wheelchairs?"


@pytest.fixture
async def retriever(database: str) -> AsyncIterator[Retriever]:
    """As a worker's, with both models."""
    async with engine.open_pool(database, application="test", size=2, settings=search.SETTINGS) as pool:
        yield Retriever(pool, filled.stand_ins(SMALL, LARGE))


async def test_on_the_sixth_day_the_way_back_finds_what_was_published_since(
    database: str, shelf: Shelf, retriever: Retriever, tmp_path: Path
) -> None:
    await _cut_over(database, shelf, tmp_path)
    await clock.move(shelf.desk, timedelta(days=3))
    await shelf.put(NEW)
    await shelf.take_out(["article-63"])
    await filled.embed(database, SMALL, LARGE)
    await clock.move(shelf.desk, timedelta(days=6))
    async with engine.open_pool(database, application="test", size=1) as pool:
        assert await namespaces.drop_due(pool) == 0

    await cutovers.back(database, shelf.domain, revisions=tmp_path)

    [active] = await catalog.live_namespaces(shelf.desk, shelf.domain, ["active"])
    assert active.model == SMALL[0]
    found = await _retrieve(retriever, shelf, QUESTION)
    assert found.namespaces == (active.id,)
    assert not found.degraded
    # By its meaning, not only by its words: it has its vector in the namespace of before.
    lacking = await shelf.desk.fetchval("SELECT catalog.lacking($1, $2)", shelf.domain, active.name)
    assert (found.passages[0].text, lacking) == (NEW["article-999"], 0)
    texts = {one.text for one in found.passages}
    assert NEW["article-52"] in texts
    assert not texts & {OLD["article-52"], OLD["article-63"]}
    assert await shelf.live() == NEW


async def test_after_the_seventh_day_there_is_no_way_back(database: str, shelf: Shelf, tmp_path: Path) -> None:
    await _cut_over(database, shelf, tmp_path)
    async with engine.open_pool(database, application="test", size=1) as pool:
        await clock.move(shelf.desk, timedelta(days=6, hours=23))
        assert await namespaces.drop_due(pool) == 0
        await clock.move(shelf.desk, timedelta(days=7, hours=1))
        assert await namespaces.drop_due(pool) == 1
    with pytest.raises(CutoverRefused, match="cannot be gone back to: it is dropped"):
        await cutovers.back(database, shelf.domain, revisions=tmp_path)
    # Whoever is served goes on being served, and changes are embedded for the namespace that is left.
    await shelf.put(NEW)
    await filled.embed(database, LARGE)
    assert await shelf.live() == OLD | NEW


async def test_stored_answers_are_silent_after_a_cutover_and_speak_again_after_the_way_back(
    database: str, shelf: Shelf, retriever: Retriever, tmp_path: Path
) -> None:
    await shelf.put(OLD)
    await filled.embed(database, SMALL)
    async with engine.open_pool(database, application="test", size=1) as pool:
        before = await _remember(pool, retriever, shelf)
        assert await _served(pool) == before
        await _cut_over(database, shelf, tmp_path)
        assert await _served(pool) is None
        # What is stored now belongs to the new namespace, and is silent after the way back.
        after = await _remember(pool, retriever, shelf)
        assert await _served(pool) == after
        await cutovers.back(database, shelf.domain, revisions=tmp_path)
        assert await _served(pool) == before
        # An answer dies with its text whatever namespace serves.
        await shelf.take_out(["article-52"])
        assert await _served(pool) is None
        assert await pool.fetchval("SELECT count(*) FROM cache.entries") == 2


async def _cut_over(database: str, shelf: Shelf, folder: Path) -> None:
    if not shelf.texts:
        await shelf.put(OLD)
    space = await filled.begin(database, shelf, "large", LARGE, folder)
    await filled.embed(database, SMALL, LARGE)
    await filled.pass_gate(shelf, space)
    await filled.cut_over(database, shelf, space, folder)


async def _retrieve(retriever: Retriever, shelf: Shelf, question: str) -> Retrieved:
    snapshot = await retriever.snapshot()
    return await retriever.search(question, snapshot=snapshot, domains=[shelf.domain], keys=(), log=CallLog())


_KEY = CacheKey("who is the head of state", [1.0] + [0.0] * 383, ())


async def _remember(pool: engine.Pool, retriever: Retriever, shelf: Shelf) -> str:
    """Store an answer as a worker does: with what it cites and the namespaces of its snapshot."""
    found = await _retrieve(retriever, shelf, "Shall there be a President of India?")
    [space] = found.namespaces
    task = uuid4()
    entry = cache.NewEntry(
        question="Who is the head of state?",
        key=_KEY,
        language="en",
        prompt_set=PROMPT_SET,
        route={"task": str(task)},
        sources=[],
        answer=answer(task),
        lifetime=timedelta(days=1),
        versions=[(one.domain, one.version_id, space) for one in found.passages],
        namespaces=found.namespaces,
    )
    async with pool.acquire() as connection, connection.transaction():
        await cache.store(connection, entry)
    return str(task)


async def _served(pool: engine.Pool) -> str | None:
    entry = await cache.lookup(pool, _KEY, language="en", prompt_set=PROMPT_SET, threshold=0.92)
    return entry.route["task"] if entry else None
