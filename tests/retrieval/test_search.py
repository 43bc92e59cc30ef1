"""What a search of the real database finds, and above all what it never finds."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta

import pytest
from stored_content import Text, store

from app.db import engine, search
from app.errors import NotFound
from app.retrieval.fact_keys import fact_keys, provisions
from app.retrieval.minilm import MiniLM

MONEY = Text("Article 110. Definition of Money Bills", "A Bill is a Money Bill if it only imposes or abolishes a tax.")
FREEDOM = Text("Article 19. Protection of certain rights", "All citizens have freedom of speech and expression.")
OATH = Text("Article 60. Oath by the President", "Every President makes an oath before the Chief Justice.")


@pytest.fixture
async def connection(database: str) -> AsyncIterator[engine.Connection]:
    made = await engine.connect(database, application="test")
    yield made
    await made.close()


async def find(
    pool: engine.Pool,
    model: MiniLM,
    question: str,
    *,
    domain: str = "polity",
    dense: bool = True,
    groups: Sequence[Sequence[str]] = (),
) -> search.Candidates:
    namespace = (await search.namespaces(pool, [domain]))[0]
    return await search.candidates(
        pool,
        namespace,
        vector=model.embed_now([question])[0].tolist() if dense else None,
        lexemes=[term.lexeme for term in await search.terms(pool, question)],
        provisions=provisions(fact_keys(question)),
        groups=groups,
    )


def titles(found: search.Candidates) -> list[str]:
    """The titles of all candidates in alphabetical order."""
    return sorted(parent.title for parent in found.parents.values())


async def test_the_words_of_a_question_come_with_their_lexemes_once(pool: engine.Pool) -> None:
    found = await search.terms(pool, "Who appoints Judges, and who are the judges? it's 21A \\ ' | & !")
    assert [(term.word, term.lexeme) for term in found] == [
        ("appoints", "appoint"),
        ("Judges", "judg"),
        ("21A", "21a"),
    ]


async def test_candidates_carry_both_scores_whichever_search_found_them(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "polity", [MONEY, FREEDOM])
    found = await find(pool, model, "What is a money bill?")
    by_title = {found.parents[chunk.parent_id].title: chunk for chunk in found.chunks}
    money, freedom = by_title[MONEY.title], by_title[FREEDOM.title]
    assert money.dense is not None
    assert freedom.dense is not None
    assert money.dense > freedom.dense
    assert (min(money.ranks) > 0, freedom.ranks) == (True, (0.0, 0.0))
    assert found.seen == (1, 1)


async def test_a_parent_carries_the_question_words_that_it_holds(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "polity", [MONEY])
    found = await find(pool, model, "Which tax bills burn?")
    assert [parent.lexemes for parent in found.parents.values()] == [frozenset({"tax", "bill"})]


@pytest.mark.parametrize(
    "hidden",
    [
        Text("Hidden", MONEY.text, status="draft"),
        Text("Hidden", MONEY.text, status="ended"),
        Text("Hidden", MONEY.text, status="withdrawn"),
        Text("Hidden", MONEY.text, effective_from=date.today() + timedelta(days=2)),  # noqa: DTZ011
        Text("Hidden", MONEY.text, effective_to=date.today() - timedelta(days=2)),  # noqa: DTZ011
    ],
    ids=["draft", "ended", "withdrawn", "not yet effective", "no longer effective"],
)
async def test_what_is_not_live_and_effective_today_is_never_found(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM, hidden: Text
) -> None:
    await store(connection, model, "polity", [hidden, OATH])
    assert titles(await find(pool, model, "Hidden money bill")) == [OATH.title]


async def test_days_are_indian_days_by_the_database_clock(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    now = await connection.fetchval("SELECT (ops.now() AT TIME ZONE 'Asia/Kolkata')::date")
    tomorrow = Text("Tomorrow", MONEY.text, effective_from=now + timedelta(days=1))
    today = Text("Until tomorrow", MONEY.text, effective_to=now + timedelta(days=1))
    await store(connection, model, "polity", [tomorrow, today])
    assert titles(await find(pool, model, "money bill")) == ["Until tomorrow"]
    await connection.execute("SET prashna.testing = 'on'")
    await connection.execute("SELECT ops.set_clock_offset('24 hours')")
    assert titles(await find(pool, model, "money bill")) == ["Tomorrow"]


async def test_the_newest_day_is_of_what_is_live_and_effective_today(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    none = await search.newest_day(pool)
    texts = [
        Text("Seen", "Seen.", published_on=date(2020, 1, 2)),
        Text("Older", "Older.", published_on=date(2020, 1, 1)),
        Text("Ended", "Ended.", published_on=date(2020, 1, 3), effective_to=date(2020, 6, 1)),
        Text("To come", "To come.", published_on=date(2020, 1, 4), effective_from=date(2999, 1, 1)),
        Text("Draft", "Draft.", published_on=date(2020, 1, 5), status="draft"),
    ]
    await store(connection, model, "current_affairs", texts)

    assert (none, await search.newest_day(pool)) == (None, date(2020, 1, 2))


async def test_other_domains_are_never_found(pool: engine.Pool, connection: engine.Connection, model: MiniLM) -> None:
    await store(connection, model, "history", [MONEY])
    await store(connection, model, "polity", [OATH])
    assert titles(await find(pool, model, "What is a money bill?")) == [OATH.title]


async def test_live_chunks_are_found_behind_many_ended_ones(
    database: str, connection: engine.Connection, model: MiniLM
) -> None:
    ended = [Text(f"Money Bill {n}", f"A Money Bill, version {n}.", status="ended") for n in range(150)]
    await store(connection, model, "polity", [*ended, OATH])
    # Without sorting the planner must walk the index, as it does in a large domain; the 150 nearest are ended.
    async with engine.open_pool(
        database, application="test", size=1, settings={**search.SETTINGS, "enable_sort": "off"}
    ) as indexed:
        assert titles(await find(indexed, model, "money bill")) == [OATH.title]


async def test_without_a_vector_words_and_keys_are_searched(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "polity", [MONEY, FREEDOM, OATH])
    found = await find(pool, model, "money bills under Article 60", dense=False)
    assert titles(found) == [MONEY.title, FREEDOM.title, OATH.title]
    assert {chunk.dense for chunk in found.chunks} == {None}
    assert [parent.title for parent in found.parents.values() if parent.named] == [OATH.title]


async def test_a_question_without_known_words_still_finds_the_nearest(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "polity", [MONEY])
    found = await find(pool, model, "what is it?")
    assert (titles(found), found.chunks[0].ranks) == ([MONEY.title], ())


async def test_a_year_and_paper_name_only_what_has_both(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    rows = [
        Text("Right", "judiciary", year=2022, paper="GS2"),
        Text("Other year", "judiciary", year=2021, paper="GS2"),
        Text("Other paper", "judiciary", year=2022, paper="GS3"),
    ]
    await store(connection, model, "pyq_mains", rows)
    groups = [["year:2022"], ["paper:gs2"]]
    found = await find(pool, model, "UPSC 2022 GS2 questions", domain="pyq_mains", groups=groups)
    assert [parent.title for parent in found.parents.values() if parent.named] == ["Right"]


async def test_an_empty_domain_offers_nothing(pool: engine.Pool, model: MiniLM) -> None:
    found = await find(pool, model, "What is a money bill?")
    assert (found.chunks, found.parents, found.seen) == ((), {}, (0, 0))


async def test_every_intent_has_its_domains(pool: engine.Pool) -> None:
    domains = await search.domains_by_intent(pool)
    assert domains["pyq"] == ("pyq_mains", "pyq_prelims")
    assert domains["current_affairs"] == ("current_affairs",)
    assert {"factual", "essay"} < set(domains)


async def test_names_that_are_no_identifiers_never_reach_the_database(pool: engine.Pool) -> None:
    namespace = (await search.namespaces(pool, ["polity"]))[0]
    bad = search.Namespace(namespace.id, 'polity"; DROP TABLE x; --', namespace.name, namespace.model, 384)
    with pytest.raises(NotFound):
        await search.candidates(pool, bad, vector=None, lexemes=[], provisions=[], groups=[])


async def test_a_hostile_question_is_only_text(pool: engine.Pool, connection: engine.Connection, model: MiniLM) -> None:
    await store(connection, model, "polity", [MONEY])
    hostile = ["'; DROP SCHEMA polity CASCADE; --", "a:* & !b | (c <-> d)", "\\' \\\\ '' $1 %s {schema}", "'" * 300]
    await asyncio.gather(*(find(pool, model, question) for question in hostile))
    assert titles(await find(pool, model, "money bill")) == [MONEY.title]


async def test_the_dense_part_walks_the_index_with_the_filters_on(
    database: str, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "polity", [MONEY, FREEDOM, OATH])
    # Three rows are sorted faster than an index is walked; in a large domain the planner finds that out by itself.
    async with engine.open_pool(
        database, application="test", size=1, settings={**search.SETTINGS, "enable_sort": "off"}
    ) as indexed:
        [space] = await search.namespaces(indexed, ["polity"])
        plan = await search.dense_plan(indexed, space, model.embed_now(["money bill"])[0].tolist())
    assert "embeddings_minilm_int8_hnsw" in plan
