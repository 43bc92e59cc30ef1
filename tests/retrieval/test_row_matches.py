"""Past questions through the collection: what is not wanted is left out as it would be found."""

from datetime import date

import pytest
from stored_content import Text, store

from app.db import engine, snapshot
from app.retrieval.calls import CallLog
from app.retrieval.embedder import EmbeddedEmbedder, Embedders
from app.retrieval.minilm import MiniLM
from app.retrieval.past_questions import Listing, Narrowing, PastQuestions

LOG = CallLog()
DOMAINS = ("pyq_mains", "pyq_prelims")


@pytest.fixture
async def collection(pool: engine.Pool, model: MiniLM, embedder: EmbeddedEmbedder) -> PastQuestions:
    mains = [
        Text("Ordinances", "The paper asked about ordinances by the Governor.", year=2022, paper="GS2"),
        Text("Money bills", "The paper asked how a money bill is passed by Parliament.", year=2022, paper="GS2"),
        Text("Call money", "The paper asked about call money and treasury bills.", year=2021, paper="GS3"),
        Text("Forests", "The paper set an essay on forests.", year=2021, paper="Essay"),
    ]
    prelims = [Text("Parole", "The paper asked what parole is.", year=2022, paper="Prelims GS1")]
    async with pool.acquire() as connection:
        await store(connection, model, "pyq_mains", mains)
        await store(connection, model, "pyq_prelims", prelims)
    return PastQuestions(pool, Embedders([embedder]))


async def _left(
    collection: PastQuestions, pool: engine.Pool, *without: Narrowing, day: date | None = None, **wanted: object
) -> Listing:
    narrowing = Narrowing(without=without, **wanted)  # type: ignore[arg-type]
    now = (await snapshot.read(pool)).on(day)
    return await collection.find(narrowing, snapshot=now, domains=DOMAINS, limit=9, log=LOG)


@pytest.mark.parametrize(
    ("without", "left"),
    [
        ((), ["Call money", "Forests", "Money bills", "Ordinances", "Parole"]),
        ((Narrowing(topic="ordinances"),), ["Call money", "Forests", "Money bills", "Parole"]),
        ((Narrowing(topic="money bills"),), ["Call money", "Forests", "Ordinances", "Parole"]),
        ((Narrowing(years=(2022,)),), ["Call money", "Forests"]),
        ((Narrowing(papers=("prelims",)), Narrowing(papers=("essay",))), ["Call money", "Money bills", "Ordinances"]),
        ((Narrowing(years=(2021,), papers=("gs3",)),), ["Forests", "Money bills", "Ordinances", "Parole"]),
        ((Narrowing(topic="comets"),), ["Call money", "Forests", "Money bills", "Ordinances", "Parole"]),
        ((Narrowing(),), ["Call money", "Forests", "Money bills", "Ordinances", "Parole"]),
    ],
)
async def test_what_fits_an_exclusion_is_neither_listed_nor_counted(
    collection: PastQuestions, pool: engine.Pool, without: tuple[Narrowing, ...], left: list[str]
) -> None:
    found = await _left(collection, pool, *without)
    assert sorted(row.title for row in found.rows) == left
    assert (found.total, found.barred) == (len(left), 5 - len(left))


async def test_an_exclusion_holds_beside_a_topic_and_a_year(collection: PastQuestions, pool: engine.Pool) -> None:
    money = await _left(collection, pool, Narrowing(papers=("gs3",)), topic="money", years=(2021, 2022))
    assert [row.title for row in money.rows] == ["Money bills"]
    assert not (await _left(collection, pool, Narrowing(years=(2022,)), topic="ordinances", years=(2022,))).rows


async def test_as_on_an_earlier_day_there_are_no_rows_of_later_years(
    collection: PastQuestions, pool: engine.Pool
) -> None:
    found = await _left(collection, pool, day=date(2021, 12, 31))
    assert sorted(row.title for row in found.rows) == ["Call money", "Forests"]
    held = await collection.held((await snapshot.read(pool)).on(date(2021, 12, 31)), DOMAINS)
    assert (held.oldest, held.newest) == (2021, 2021)
