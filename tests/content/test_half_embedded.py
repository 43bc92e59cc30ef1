"""A provider that refuses half-way through a document: the old text is served whole, and status says why."""

import filled
from loopback import SMALL, Provider
from shelf import Shelf
from support.stack import until

from app.db import catalog, embeddings, engine, namespaces, search
from app.jobs import worker
from app.resources import open_embedders
from app.retrieval.calls import CallLog
from app.retrieval.retriever import Retriever
from app.settings import Settings

OLD = {"article-1": "India, that is Bharat, shall be a Union of States."}
# 250 chunks, of which one batch of a hundred is paid for.
LONG = {"article-1": "India is a Union of States, says the new text. ".ljust(200) * 250}
_SECONDS = 60.0


async def test_nothing_of_a_half_embedded_document_is_live(database: str, shelf: Shelf, provider: Provider) -> None:
    await shelf.put(OLD)
    await filled.embed(database, SMALL)
    [version] = await shelf.put(LONG)
    provider.behaviour.faults = _Purse(1)
    await _work(database, provider)

    [space] = await catalog.live_namespaces(shelf.desk, shelf.domain)
    assert await embeddings.progress(shelf.desk, space, [version]) == embeddings.Progress(100, 250)
    assert await shelf.live() == OLD
    assert await _found(database, shelf) == {OLD["article-1"]}
    [standing] = await namespaces.standings(shelf.desk, shelf.domain)
    assert standing.trouble == "the provider refuses the key (status 401)"

    # The key is paid for again: what is there is not embedded twice.
    provider.behaviour.reset()
    await shelf.desk.execute("TRUNCATE ops.provider_breakers")
    await until(lambda: _goes_on(database, shelf, provider), _SECONDS, "the new text is live")
    asked = [text for request in provider.behaviour.requests for text in request["input"]]
    assert len(asked) == 150
    assert (await namespaces.standings(shelf.desk, shelf.domain))[0].trouble is None
    assert OLD["article-1"] not in await _found(database, shelf)


class _Purse(dict[str, str | None]):
    """The faults of a provider that embeds so many times and then refuses the key."""

    def __init__(self, calls: int) -> None:
        super().__init__({"embeddings": None})
        self._calls = calls

    def __getitem__(self, name: str) -> str | None:
        self._calls -= 1
        return None if self._calls >= 0 else "unauthorized"


async def _work(dsn: str, provider: Provider) -> None:
    """As a bulk worker does, once through the queue; what failed waits for its next time."""
    settings = Settings.from_env({"OPENAI_API_KEY": "unused", "OPENAI_BASE_URL": provider.url})
    async with open_embedders(settings, dsn) as (_, embedders):
        await worker.run_bulk(dsn, embedders, until_idle=True)


async def _goes_on(dsn: str, shelf: Shelf, provider: Provider) -> bool:
    await _work(dsn, provider)
    return await shelf.live() == shelf.texts


async def _found(dsn: str, shelf: Shelf) -> set[str]:
    async with engine.open_pool(dsn, application="test", size=2, settings=search.SETTINGS) as pool:
        retriever = Retriever(pool, filled.stand_ins(SMALL))
        snapshot = await retriever.snapshot()
        found = await retriever.rank(
            "What is India, a Union of States?", snapshot=snapshot, domains=[shelf.domain], keys=(), log=CallLog()
        )
        return {one.parent.text for one in found.fused}
