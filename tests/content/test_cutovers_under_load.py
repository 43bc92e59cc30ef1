"""E2, E3: twenty cutovers back and forth under ten thousand retrievals: none mixes models, none fails."""

import asyncio
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from uuid import UUID

import filled
import numpy as np
from loopback import LARGE, SMALL
from shelf import Shelf
from stand_in import StandIn

from app.db import catalog, cutovers, engine, search
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedders
from app.retrieval.minilm import Vectors
from app.retrieval.retriever import Retriever
from app.simulator import vectors

DOCUMENTS, REQUESTS, CUTOVERS, AT_ONCE = 40, 10_000, 20, 8

_request: ContextVar["_Request"] = ContextVar("_request")


@dataclass
class _Request:
    """One turn's retrieval: what its snapshot said, what embedded its question, what was searched and found."""

    number: int
    promised: tuple[UUID, str] = (UUID(int=0), "")
    embedded_by: list[str] = field(default_factory=list)
    searched: tuple[UUID, ...] = ()
    found: str = ""
    cosine: float = 0.0

    @property
    def key(self) -> str:
        """The document that it asks about."""
        return f"document-{self.number % DOCUMENTS:03}"


class _Watched(StandIn):
    """Notes with the request which model its question was embedded by."""

    async def embed(self, texts: Sequence[str], log: CallLog | None = None) -> Vectors:
        """See `Embedder`."""
        _request.get().embedded_by.append(self.name)
        # As a real one does, it lets others go on; a cutover comes in between.
        await asyncio.sleep(0)
        return np.concatenate([_vector(text, self.dimensions) for text in texts])


async def test_no_request_mixes_models_while_twenty_cutovers_pass(database: str, shelf: Shelf, tmp_path: Path) -> None:
    await shelf.put({f"document-{number:03}": _text(number) for number in range(DOCUMENTS)})
    space = await filled.begin(database, shelf, "large", LARGE, tmp_path)
    await filled.embed(database, SMALL, LARGE)
    await filled.pass_gate(shelf, space)
    requests = [_Request(number) for number in range(REQUESTS)]
    async with engine.open_pool(database, application="test", size=AT_ONCE, settings=search.SETTINGS) as pool:
        retriever = Retriever(pool, Embedders([_Watched(*SMALL), _Watched(*LARGE)]))
        waiting = iter(requests)
        done: list[_Request] = []
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(_ask_all(retriever, shelf.domain, waiting, done))
            served = await _cut_over_and_back(database, shelf, tmp_path, done)

    assert len(done) == REQUESTS
    assert [one for one in requests if one.searched != (one.promised[0],)] == []
    assert [one for one in requests if one.embedded_by != [one.promised[1]]] == []
    assert [one for one in requests if one.found != one.key or abs(one.cosine - _cosine(one)) > 1e-3] == []
    # Each namespace has served, between any two cutovers.
    assert len(served) == CUTOVERS + 1
    assert {one.promised[0] for one in requests} == set(served)


async def _ask_all(retriever: Retriever, domain: str, waiting: Iterator[_Request], done: list[_Request]) -> None:
    for request in waiting:
        _request.set(request)
        # What a turn does: it reads its snapshot once, and all that it searches is searched in that.
        snapshot = await retriever.snapshot()
        [space] = snapshot.of([domain])
        request.promised = (space.id, space.model)
        sighted = await retriever.look(
            _question(request.key), snapshot=snapshot, domains=[domain], keys=(), log=CallLog()
        )
        request.searched = tuple(one.namespace.id for one in sighted.found)
        [found] = sighted.found
        best = max(found.chunks, key=lambda one: one.dense or 0.0)
        request.found, request.cosine = found.parents[best.parent_id].header, best.dense or 0.0
        done.append(request)


async def _cut_over_and_back(dsn: str, shelf: Shelf, folder: Path, done: list[_Request]) -> list[UUID]:
    """Spread over all requests; the namespaces that served one after the other."""
    served = [(await catalog.live_namespaces(shelf.desk, shelf.domain, ["active"]))[0].id]
    for turn in range(CUTOVERS):
        while len(done) < REQUESTS * (turn + 1) // (CUTOVERS + 1):
            await asyncio.sleep(0.005)
        if turn % 2:
            await cutovers.back(dsn, shelf.domain, revisions=folder)
        else:
            [large] = await catalog.live_namespaces(shelf.desk, shelf.domain, ["building", "retiring"])
            await filled.cut_over(dsn, shelf, large, folder)
        served.append((await catalog.live_namespaces(shelf.desk, shelf.domain, ["active"]))[0].id)
    return served


def _question(key: str) -> str:
    return f"What does {key} say of plots?"


@cache
def _vector(text: str, dimensions: int) -> Vectors:
    return vectors.embed([text], dimensions)


def _cosine(request: _Request) -> float:
    """Of its question to the text that it asks about, both by the model that it was promised."""
    dimensions = dict((SMALL, LARGE))[request.promised[1]]
    text = f"{request.key}\n{_text(int(request.key[-3:]))}"
    return float(_vector(_question(request.key), dimensions)[0] @ _vector(text, dimensions)[0])


def _text(number: int) -> str:
    return f"This is what document-{number:03} says of plots, in paragraph {number} of chapter {number % 7}."
