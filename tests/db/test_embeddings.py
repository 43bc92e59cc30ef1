"""What a namespace lacks is found, saved once, and brought by jobs of about a hundred chunks."""

import json
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import numpy as np
import pytest

from app.db import catalog, content, embeddings, engine
from app.db.catalog import Namespace
from app.errors import ConfigurationError


@pytest.fixture
async def desk(database: str) -> AsyncIterator[engine.Connection]:
    async with content.open_desk(database) as connection:
        yield connection


async def _space(desk: engine.Connection, domain: str = "polity") -> Namespace:
    [space] = await catalog.live_namespaces(desk, domain)
    return space


async def _version(
    desk: engine.Connection, key: str, chunks: int, status: str = "draft", domain: str = "polity"
) -> UUID:
    """A version of one passage with so many pieces."""
    version: UUID = await desk.fetchval(
        f"""WITH revision AS (INSERT INTO catalog.revisions (domain, kind, message, author)
                VALUES ($1, 'apply', 'a test', 'tester') RETURNING id
            ), document AS (INSERT INTO {domain}.documents (key) VALUES ($2) RETURNING id
            ), version AS (INSERT INTO {domain}.versions (document_id, number, content_hash, status, revision_id, title)
                SELECT document.id, 1, $2, $4, revision.id, $2 FROM document, revision RETURNING id
            ), parent AS (INSERT INTO {domain}.parents (version_id, position, header, locator, text, tokens)
                SELECT id, 0, 'head', 'here', 'text', 1 FROM version RETURNING id, version_id
            ), chunk AS (INSERT INTO {domain}.chunks (parent_id, position, header, text, tokens)
                SELECT id, n, 'head', 'piece ' || n, 2 FROM parent, generate_series(1, $3) n RETURNING parent_id)
            SELECT DISTINCT version_id FROM parent JOIN chunk ON chunk.parent_id = parent.id""",
        domain, key, chunks, status,
    )  # fmt: skip
    return version


async def _jobs(desk: engine.Connection) -> list[tuple[str, Sequence[str], int]]:
    rows = await desk.fetch("SELECT args, priority FROM queue_bulk.procrastinate_jobs ORDER BY id")
    found = [(json.loads(row["args"]), row["priority"]) for row in rows]
    return [(args["domain"], args["versions"], priority) for args, priority in found]


@pytest.mark.parametrize(("model", "dimensions"), [("minilm-int8", 384), ("text-embedding-3-large", 3072)])
async def test_what_is_missing_is_saved_once(desk: engine.Connection, model: str, dimensions: int) -> None:
    await catalog.add_domain(desk, name="law", intent="factual", model=model, dimensions=dimensions)
    space = await _space(desk, "law")
    first, second = await _version(desk, "a", 3, domain="law"), await _version(desk, "b", 2, domain="law")
    waiting = await embeddings.missing(desk, space, [first, second], 4)
    assert [one.text for one in waiting] == ["head\npiece 1", "head\npiece 2", "head\npiece 3", "head\npiece 1"]
    ids, vectors = [one.chunk_id for one in waiting], np.full((4, dimensions), 0.5, np.float32)
    assert [await embeddings.save(desk, space, ids, vectors), await embeddings.save(desk, space, ids, vectors)] == [
        4,
        0,
    ]
    assert await embeddings.incomplete(desk, space, [first, second]) == {second}
    assert await embeddings.progress(desk, space) == embeddings.Progress(4, 5)
    assert await embeddings.progress(desk, space, [first]) == embeddings.Progress(3, 3)
    assert len(await embeddings.missing(desk, space, [first, second], 100)) == 1


async def test_vectors_of_another_length_are_refused_and_named(desk: engine.Connection) -> None:
    space = await _space(desk)
    waiting = await embeddings.missing(desk, space, [await _version(desk, "a", 1)], 100)
    with pytest.raises(ConfigurationError, match=r"shape \(1, 7\).*384 dimensions"):
        await embeddings.save(desk, space, [waiting[0].chunk_id], np.zeros((1, 7), np.float32))


async def test_jobs_hold_about_a_hundred_chunks(desk: engine.Connection) -> None:
    versions = [await _version(desk, str(number), chunks) for number, chunks in enumerate((60, 60, 250, 10, 100))]
    assert await embeddings.defer_embedding(desk, "polity", versions) == 3
    groups = [[str(one) for one in group] for group in (versions[:2], versions[2:3], versions[3:])]
    assert await _jobs(desk) == [("polity", group, embeddings.CHANGE_PRIORITY) for group in groups]


async def test_nothing_to_embed_makes_no_job(desk: engine.Connection) -> None:
    assert await embeddings.defer_embedding(desk, "polity", []) == 0
    assert await _jobs(desk) == []


async def test_jobs_are_gone_with_the_transaction_that_deferred_them(desk: engine.Connection) -> None:
    version = await _version(desk, "a", 1)
    undone = desk.transaction()
    await undone.start()
    await embeddings.defer_embedding(desk, "polity", [version])
    await undone.rollback()
    assert await _jobs(desk) == []


async def test_old_embeddings_go_when_their_time_is_over(database: str, desk: engine.Connection) -> None:
    space = await _space(desk)
    versions = [await _version(desk, key, 2, "withdrawn") for key in ("gone", "undoable", "wanted")]
    for waiting in await embeddings.missing(desk, space, versions, 100):
        await embeddings.save(desk, space, [waiting.chunk_id], np.ones((1, 384), np.float32))
    for version, days in ((versions[0], -1), (versions[1], 1)):
        until = f"UPDATE polity.versions SET embedded_until = now() + {days} * interval '1 day' WHERE id = $1"
        await desk.execute(until, version)
    async with engine.open_pool(database, application="test", size=1) as pool:
        assert [await embeddings.drop_old(pool), await embeddings.drop_old(pool)] == [2, 0]
    assert await embeddings.incomplete(desk, space, versions) == {versions[0]}
    assert await embeddings.wanted_versions(desk, "polity") == versions[1:]


async def test_what_an_earlier_release_ends_without_a_day_goes_thirty_days_later(
    database: str, desk: engine.Connection
) -> None:
    space = await _space(desk)
    versions = [await _version(desk, key, 1, "ended") for key in ("old", "young", "waits")]
    for waiting in await embeddings.missing(desk, space, versions, 100):
        await embeddings.save(desk, space, [waiting.chunk_id], np.ones((1, 384), np.float32))
    for version, days in zip(versions, (31, 29, 31), strict=True):
        ended = f"UPDATE polity.versions SET ended_at = now() - {days} * interval '1 day' WHERE id = $1"
        await desk.execute(ended, version)
    await desk.execute("UPDATE polity.versions SET goes_live_with = revision_id WHERE id = $1", versions[2])
    async with engine.open_pool(database, application="test", size=1) as pool:
        assert await embeddings.drop_old(pool) == 1
    assert await embeddings.incomplete(desk, space, versions) == {versions[0]}
    assert await embeddings.wanted_versions(desk, "polity") == versions[1:]
    # An undo that embeds it again keeps it for as long as that takes.
    await embeddings.keep(desk, "polity", versions[:1])
    assert await embeddings.wanted_versions(desk, "polity") == versions
