"""E1: a re-embedding under a thousand changes, its process killed five times, ends with exactly the source."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import filled
import numpy as np
from bulk_process import bulk_process
from loopback import LARGE, Provider
from shelf import Shelf
from support import clock
from support.stack import until

from app.db import catalog, embeddings, engine
from app.db.catalog import Namespace
from app.simulator import vectors

AT_FIRST, CHANGES, KILLS = 300, 1_000, 5
# A request takes long enough to be killed in.
LATENCY_MS = 100
_SECONDS = 120.0


async def test_a_thousand_changes_and_five_kills_later_the_new_namespace_is_the_source(
    database: str, shelf: Shelf, provider: Provider, tmp_path: Path
) -> None:
    changes = _Changes(shelf, random.Random(20_261_123))
    await changes.fill(AT_FIRST)
    provider.behaviour.first_token_ms = LATENCY_MS
    space = await filled.begin(database, shelf, "large", LARGE, tmp_path / "revisions")
    for _ in range(KILLS):
        async with bulk_process(tmp_path, database, provider.url) as worker:
            under_way = _UnderWay(shelf, space, (await embeddings.progress(shelf.desk, space)).done)
            await changes.make(CHANGES // (KILLS + 1))
            await until(under_way, _SECONDS, "it embeds")
            await worker.kill()
    provider.behaviour.first_token_ms = 0
    async with bulk_process(tmp_path, database, provider.url):
        await changes.make(CHANGES - changes.made)
        await until(lambda: _is_idle(shelf), _SECONDS, "it comes to an end")

    assert changes.made == CHANGES
    assert await shelf.live() == shelf.texts
    for one in await catalog.live_namespaces(shelf.desk, shelf.domain):
        wanted = await _wanted(shelf)
        assert await _embedded(shelf, one) == wanted, f"{one.name} is not the source"
    # When nothing can be undone any more, what was taken out is gone, and nothing else.
    await clock.move(shelf.desk, timedelta(days=31))
    async with engine.open_pool(database, application="test", size=1) as pool:
        while await embeddings.drop_old(pool):
            pass
    assert await _embedded(shelf, space) == await _wanted(shelf, status="live")


class _Changes:
    """Random inserts, updates and deletes, so many that each is counted."""

    def __init__(self, shelf: Shelf, chance: random.Random) -> None:
        self._shelf = shelf
        self._chance = chance
        self._names = (f"document-{number:05}" for number in range(10_000))
        self._words = _words(chance)
        self.made = 0

    async def fill(self, documents: int) -> None:
        """So many documents to begin with."""
        await self._shelf.put({next(self._names): next(self._words) for _ in range(documents)})

    async def make(self, changes: int) -> None:
        """So many changes, a few in each revision; the event loop has its turn between them."""
        end = self.made + changes
        while self.made < end:
            size = min(self._chance.randint(1, 5), end - self.made)
            if self._chance.random() < 0.25:
                await self._shelf.take_out(self._chance.sample(sorted(self._shelf.texts), size))
            else:
                there = self._chance.sample(sorted(self._shelf.texts), size)
                keys = [next(self._names) if self._chance.random() < 0.5 else key for key in there]
                await self._shelf.put({key: next(self._words) for key in keys})
            self.made += size
            await asyncio.sleep(0)


def _words(chance: random.Random) -> Iterator[str]:
    for number in range(100_000):
        words = " ".join(chance.choice(_VOCABULARY) for _ in range(chance.randint(5, 40)))
        yield f"Text {number}: {words}."


_VOCABULARY = ("governor", "state", "bill", "money", "speaker", "house", "people", "council", "tax", "land", "river")


@dataclass(frozen=True)
class _UnderWay:
    """Whether a worker has embedded something since there were `before` embeddings, and has more in hand."""

    shelf: Shelf
    space: Namespace
    before: int

    async def __call__(self) -> bool:
        now = await embeddings.progress(self.shelf.desk, self.space)
        assert now.done < now.total, "it was done before it could be killed"
        doing = "SELECT count(*) FROM queue_bulk.procrastinate_jobs WHERE status = 'doing'"
        return now.done > self.before and bool(await self.shelf.desk.fetchval(doing))


async def _is_idle(shelf: Shelf) -> bool:
    jobs = "SELECT count(*) = 0 FROM queue_bulk.procrastinate_jobs WHERE status IN ('todo', 'doing')"
    return bool(await shelf.desk.fetchval(jobs))


async def _wanted(shelf: Shelf, status: str | None = None) -> dict[str, str]:
    """The text that is embedded, by the id of its chunk, of the versions with this status or of all."""
    rows = await shelf.desk.fetch(
        f"""SELECT chunks.id, chunks.header || E'\\n' || chunks.text AS text FROM {shelf.domain}.chunks
            JOIN {shelf.domain}.parents ON parents.id = chunks.parent_id
            JOIN {shelf.domain}.versions ON versions.id = parents.version_id
            WHERE $1::text IS NULL OR versions.status = $1""",
        status,
    )
    return {str(row["id"]): row["text"] for row in rows}


async def _embedded(shelf: Shelf, space: Namespace) -> dict[str, str]:
    """The chunks that a namespace has, each with its text where the vector is that text's, else with a remark."""
    rows = await shelf.desk.fetch(
        f"""SELECT chunks.id, chunks.header || E'\\n' || chunks.text AS text, embedded.embedding::float4[] AS vector
            FROM {shelf.domain}.embeddings_{space.name} AS embedded
            JOIN {shelf.domain}.chunks ON chunks.id = embedded.chunk_id"""
    )
    expected = vectors.embed([row["text"] for row in rows], space.dimensions)
    found = np.array([row["vector"] for row in rows], np.float32)
    cosines = np.einsum("ij,ij->i", expected, found)
    return {
        str(row["id"]): row["text"] if cosine > 0.999 else f"another text's vector ({cosine:.3f})"
        for row, cosine in zip(rows, cosines, strict=True)
    }
