"""A cutover in the middle of a turn: the turn ends on the namespaces that it began with. Real database and model."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import asked_turn
import pytest
from stored_content import Text, store

from app.agents.specialists.library import Library, Rows, Searcher
from app.db import engine, snapshot
from app.db.past_questions import Held
from app.db.snapshot import Snapshot
from app.retrieval.calls import CallLog
from app.retrieval.embedder import EmbeddedEmbedder
from app.retrieval.minilm import MiniLM
from app.retrieval.passage import Retrieved
from app.retrieval.past_questions import Listing, Narrowing

CONTENT = {
    "current_affairs": [
        Text(
            "Monetary policy committee keeps the repo rate",
            "The monetary policy committee kept the repo rate at 5.5 per cent. Why it matters: loans stay as dear.",
            published_on=date(2026, 10, 1),
        )
    ],
    "economy": [Text("Monetary policy committee", "The committee of six members sets the repo rate.")],
    "pyq_mains": [Text("Mains 2022 GS3: money", "The paper asked about monetary policy.", year=2022, paper="GS3")],
}


@dataclass
class _CutsOver:
    """Between a turn and its library: cuts every domain over after the first retrieval, and notes what each used."""

    pool: engine.Pool
    used: list[tuple[UUID, ...]] = field(default_factory=list)

    def over(self, library: Library) -> Library:
        return library.watched(lambda searcher: _Searcher(searcher, self), lambda rows: _Rows(rows, self))

    async def after(self, namespaces: tuple[UUID, ...]) -> None:
        self.used.append(namespaces)
        if len(self.used) == 1:
            await _cut_over(self.pool)


@dataclass
class _Searcher:
    searcher: Searcher
    cuts: _CutsOver

    async def snapshot(self) -> Snapshot:
        return await self.searcher.snapshot()

    async def search(
        self,
        question: str,
        *,
        snapshot: Snapshot,
        domains: Sequence[str],
        keys: Sequence[str],
        log: CallLog,
        limit: int = 5,
    ) -> Retrieved:
        found = await self.searcher.search(
            question, snapshot=snapshot, domains=domains, keys=keys, log=log, limit=limit
        )
        await self.cuts.after(found.namespaces)
        return found


@dataclass
class _Rows:
    rows: Rows
    cuts: _CutsOver

    async def held(self, snapshot: Snapshot, domains: Sequence[str]) -> Held:
        held = await self.rows.held(snapshot, domains)
        await self.cuts.after(tuple(one.id for one in snapshot.of(domains)))
        return held

    async def find(
        self, narrowing: Narrowing, *, snapshot: Snapshot, domains: Sequence[str], limit: int, log: CallLog
    ) -> Listing:
        found = await self.rows.find(narrowing, snapshot=snapshot, domains=domains, limit=limit, log=log)
        await self.cuts.after(found.namespaces)
        return found


async def _cut_over(pool: engine.Pool) -> None:
    """Another namespace of the same model becomes active in every domain, the pointer flipped in one transaction."""
    async with pool.acquire() as connection, connection.transaction():
        for row in await connection.fetch("SELECT domain FROM catalog.namespaces WHERE status = 'active'"):
            domain = row["domain"]
            await connection.execute(
                "SELECT catalog.create_namespace($1, 'second', 'minilm-int8', 384, 'building')", domain
            )
            await connection.execute(
                f"INSERT INTO {domain}.embeddings_second SELECT * FROM {domain}.embeddings_minilm_int8"
            )
        await connection.execute(
            "UPDATE catalog.namespaces SET status = 'retiring', retire_after = ops.now() + interval '7 days'"
            " WHERE status = 'active'"
        )
        await connection.execute("UPDATE catalog.namespaces SET status = 'active' WHERE name = 'second'")


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("What is the latest news on the monetary policy committee's repo rate?", "current_affairs"),
        ("Which questions on monetary policy were asked in mains 2022?", "pyq"),
    ],
)
async def test_a_turn_ends_on_the_namespaces_it_began_with(
    pool: engine.Pool, model: MiniLM, embedder: EmbeddedEmbedder, question: str, intent: str
) -> None:
    async with pool.acquire() as connection:
        for domain, texts in CONTENT.items():
            await store(connection, model, domain, texts)
    before = {one.id for one in (await snapshot.read(pool)).namespaces}
    cuts = _CutsOver(pool)
    turn = (await asked_turn.build(pool, embedder)).watched(lambda router: router, cuts.over)

    end = (await asked_turn.ask(turn, question)).end

    assert (end.answer.intent, end.answer.refused) == (intent, False)
    assert len(cuts.used) > 1
    assert {one for used in cuts.used for one in used} <= before
    assert set(end.namespaces) <= before
    assert {namespace for _, _, namespace in end.versions} <= before
    assert end.namespaces
    now = {one.id for one in (await snapshot.read(pool)).namespaces}
    assert not now & before


async def test_a_domain_without_an_active_namespace_is_not_in_it(pool: engine.Pool) -> None:
    await pool.execute(
        "UPDATE catalog.namespaces SET status = 'retiring', retire_after = ops.now() WHERE domain = 'polity'"
    )
    now = await snapshot.read(pool)
    assert now.of(["polity"]) == []
    assert [one.domain for one in now.of(["science", "history", "polity"])] == ["history", "science"]


async def test_a_namespace_may_stand_in_for_its_domains_active_one(pool: engine.Pool) -> None:
    other = await pool.fetchval("SELECT catalog.create_namespace('polity', 'other', 'minilm-int8', 384, 'building')")
    now = await snapshot.read(pool, [other])
    assert [one.id for one in now.of(["polity"])] == [other]
    assert len(now.namespaces) == 11
    assert now.today == await pool.fetchval("SELECT chat.today()")


async def test_without_any_namespace_the_day_is_known(pool: engine.Pool) -> None:
    await pool.execute("UPDATE catalog.namespaces SET status = 'retiring', retire_after = ops.now()")
    now = await snapshot.read(pool)
    assert (now.namespaces, now.today) == ((), await pool.fetchval("SELECT chat.today()"))
