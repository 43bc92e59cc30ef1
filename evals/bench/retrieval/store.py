"""A corpus into a database of its own, through the product's own tables and statements."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from app.db import content, embeddings, engine, going_live, search
from app.db.content import Revision
from app.db.embeddings import Vectors
from app.db.versions import NewVersion
from evals.bench.retrieval.corpora import Corpus
from evals.bench.retrieval.vectors import KeptEmbedder
from evals.bench.server import Server

_REVISION = Revision("apply", "benchmark", "bench")


@dataclass(frozen=True, slots=True)
class Stored:
    """A loaded corpus: its database, and the unit that each parent belongs to."""

    corpus: Corpus
    dsn: str
    units: dict[UUID, str]

    @property
    def domains(self) -> list[str]:
        """Those with texts in them."""
        return list(self.corpus.versions)


@asynccontextmanager
async def stored(server: Server, corpus: Corpus, embedder: KeptEmbedder) -> AsyncIterator[Stored]:
    """The corpus in a new database, dropped at exit."""
    async with server.database() as database:
        dsn = server.dsn(database)
        yield Stored(corpus, dsn, await load(dsn, corpus, embedder))


async def load(dsn: str, corpus: Corpus, embedder: KeptEmbedder) -> dict[UUID, str]:
    """Write the corpus; the unit of every parent."""
    units: dict[UUID, str] = {}
    async with content.open_desk(dsn) as desk:
        for domain, versions in corpus.versions.items():
            space = await content.namespace(desk, domain)
            texts = [chunk.embedded_text for one in versions for parent in one.parents for chunk in parent.chunks]
            vectors = embedder.embed_now(texts)
            await _save(desk, space, versions, vectors)
            units |= await _units(desk, corpus, domain)
    return units


async def _save(
    desk: engine.Connection, space: search.Namespace, versions: Sequence[NewVersion], vectors: Vectors
) -> None:
    """Write the versions with their embeddings, `vectors` in the order of their chunks, and make them live."""
    async with content.changing(desk, space.domain):
        revision = await content.new_revision(desk, space.domain, _REVISION)
        ids = await content.add(desk, space.domain, revision, versions, live=True)
        waiting = await embeddings.missing(desk, space, ids, len(vectors))
        await embeddings.save(desk, space, [one.chunk_id for one in waiting], vectors)
        stored = await content.versions(desk, space.domain, [version.key for version in versions])
        await going_live.go_live(desk, space.domain, {one[0].document_id for one in stored.values()})
    await content.analyze(desk, space.domain)


async def _units(connection: engine.Connection, corpus: Corpus, domain: str) -> dict[UUID, str]:
    rows = await connection.fetch(
        f"""SELECT parents.id, documents.key, parents.position FROM {domain}.parents
            JOIN {domain}.versions ON versions.id = parents.version_id
            JOIN {domain}.documents ON documents.id = versions.document_id"""
    )
    return {row["id"]: corpus.unit(domain, row["key"], row["position"]) for row in rows}


@asynccontextmanager
async def searching(dsn: str) -> AsyncIterator[engine.Pool]:
    """A pool as the worker's, with the settings that search needs."""
    async with engine.open_pool(dsn, application="bench", size=4, settings=search.SETTINGS) as pool:
        yield pool
