"""Filters become binds: what comes back are rows that fit, counted by the database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.db import engine, past_questions, search
from app.db.past_questions import Filters, Phrase
from app.db.search import Namespace


@pytest.fixture
async def pool(database: str) -> AsyncIterator[engine.Pool]:
    async with engine.open_pool(database, application="test", size=2, settings=search.SETTINGS) as made:
        yield made


@pytest.fixture
async def mains(pool: engine.Pool) -> Namespace:
    """The domain of past mains questions with a few rows, a page, and rows that nobody may see."""
    for year, paper, subject, text, marks in (
        (2022, "GS2", "judiciary", "On ordinances by the Governor.", Decimal(15)),
        (2022, "GS2", "federalism", "On the States and the Centre.", Decimal(10)),
        (2021, "GS2", "judiciary", "On judges of the higher courts.", None),
        (2021, "GS Paper 3", "economy", "On ordinances about farm markets.", None),
        (2020, "Essay", "society", "On patriarchy.", Decimal(125)),
    ):
        await _store(pool, year, paper, subject, text, marks)
    await _store(pool, 2022, "GS2", "judiciary", "A draft on ordinances.", None, status="draft")
    await _store(pool, 2022, "GS2", "judiciary", "Withdrawn ordinances.", None, status="withdrawn")
    await _store(pool, 2022, "GS2", "judiciary", "Ended ordinances.", None, effective_to=date(2023, 1, 1))
    await _store(pool, None, None, None, "A page on how ordinances are asked.", None)
    [space] = await search.namespaces(pool, ["pyq_mains"])
    return space


async def _store(
    pool: engine.Pool,
    year: int | None,
    paper: str | None,
    subject: str | None,
    text: str,
    marks: Decimal | None,
    *,
    status: str = "live",
    effective_to: date | None = None,
) -> None:
    await pool.execute(
        """WITH revision AS (INSERT INTO catalog.revisions (domain, kind, message, author)
                             VALUES ('pyq_mains', 'apply', 'm', 'a') RETURNING id),
                document AS (INSERT INTO pyq_mains.documents (key) VALUES (uuidv7()::text) RETURNING id),
                version AS (INSERT INTO pyq_mains.versions (document_id, number, content_hash, status, revision_id,
                                                            title, year, paper, subject, marks, effective_to)
                            SELECT document.id, 1, 'hash', $1, revision.id, $2, $3, $4, $5, $6, $7
                            FROM document, revision RETURNING id),
                parent AS (INSERT INTO pyq_mains.parents (version_id, position, header, locator, text, tokens)
                           SELECT id, 0, $2, $2, $2, 9 FROM version RETURNING id),
                chunk AS (INSERT INTO pyq_mains.chunks (parent_id, position, header, text, tokens)
                          SELECT id, 0, '', $2, 9 FROM parent RETURNING id)
           INSERT INTO pyq_mains.embeddings_minilm_int8 (chunk_id, embedding)
           SELECT id, ('[1' || repeat(',0', 383) || ']')::vector FROM chunk""",
        status,
        text,
        year,
        paper,
        subject,
        marks,
        effective_to,
    )


async def _texts(pool: engine.Pool, mains: Namespace, filters: Filters, limit: int = 20) -> list[str]:
    found = await past_questions.matching(pool, mains, filters, vector=None, limit=limit)
    return sorted(row.text for row in found.rows)


async def test_only_live_and_effective_rows_with_a_year_and_a_paper_are_past_questions(pool, mains) -> None:
    assert len(await _texts(pool, mains, Filters())) == 5


@pytest.mark.parametrize(
    ("filters", "texts"),
    [
        (Filters(years=[2020]), ["On patriarchy."]),
        (Filters(years=[2020, 2021], papers=["gs2"]), ["On judges of the higher courts."]),
        (Filters(papers=["gs3"]), ["On ordinances about farm markets."]),
        (Filters(papers=["essay"]), ["On patriarchy."]),
        (Filters(papers=["mains", "gs3"]), ["On ordinances about farm markets."]),
        (Filters(papers=["prelims"]), []),
        (Filters(subjects=["Federalism"]), ["On the States and the Centre."]),
        (Filters(years=[1999]), []),
    ],
)
async def test_years_papers_and_subject_narrow(pool, mains, filters: Filters, texts: list[str]) -> None:
    assert await _texts(pool, mains, filters) == texts


async def test_barred_versions_are_neither_returned_nor_counted(pool, mains) -> None:
    everything = await past_questions.matching(pool, mains, Filters(), vector=None, limit=None)
    barred = [row.version_id for row in everything.rows if "ordinances" in row.text]
    assert await _texts(pool, mains, Filters(years=[2021, 2022], barred=barred)) == [
        "On judges of the higher courts.",
        "On the States and the Centre.",
    ]
    left = await past_questions.matching(pool, mains, Filters(barred=barred), vector=None, limit=1)
    assert sum(count for _, _, count in left.tally) == 3


async def test_a_topic_is_matched_by_its_words(pool, mains) -> None:
    both = ["On ordinances about farm markets.", "On ordinances by the Governor."]
    assert await _texts(pool, mains, Filters(lexemes=["ordin"])) == both
    assert await _texts(pool, mains, Filters(lexemes=["ordin", "governor"], coverage=0.9)) == both[1:]
    assert await _texts(pool, mains, Filters(lexemes=["comet"])) == []


@pytest.mark.parametrize(
    ("row", "topic", "together"),
    [
        ("A money bill may not be amended.", "money bills", True),
        ("Call money, treasury bills and shares.", "money bills", False),
        ("Treasury bills and call money.", "money bills", False),
        ("The money laundering bill.", "money bills", False),
        ("On the empowerment of women.", "women empowerment", True),
        ("On the committees of the Parliament.", "parliament committees", True),
        ("On women's empowerment.", "women empowerment", True),
        ("On fiscal and monetary policy.", "fiscal policy", False),
        ("On Article 21.", "Article 21", False),
        ("On the money bill.", "money of a bill", False),
        ("It's a \\ money' bill.", "'; \\ money bill' & | !", True),
    ],
)
async def test_words_that_stand_together_in_a_topic_are_found_together_in_rows(
    pool, mains, row: str, topic: str, together: bool
) -> None:
    await _store(pool, 2019, "GS2", "judiciary", row, None)
    found = await past_questions.pairs(pool, mains, topic)
    assert [len(pair.parents) for pair in found] == ([1] if together else [])


async def test_a_row_that_nobody_may_see_makes_no_phrase(pool, mains) -> None:
    await _store(pool, 2019, "GS2", "judiciary", "On the money bill.", None, status="withdrawn")
    await _store(pool, None, None, None, "A page on the money bill.", None)
    assert await past_questions.pairs(pool, mains, "money bills") == []


async def test_words_of_a_phrase_count_in_the_rows_that_have_it(pool, mains) -> None:
    await _store(pool, 2019, "GS2", "judiciary", "On the money bill.", None)
    await _store(pool, 2019, "GS3", "economy", "On call money and treasury bills.", None)
    [pair] = await past_questions.pairs(pool, mains, "money bills")
    loose = Filters(lexemes=["money", "bill"])
    phrased = replace(loose, phrases=[Phrase((pair.former, pair.latter), pair.parents)])
    assert await _texts(pool, mains, loose) == ["On call money and treasury bills.", "On the money bill."]
    assert await _texts(pool, mains, phrased) == ["On the money bill."]


async def test_a_topic_is_matched_by_meaning_where_that_is_asked_for(pool, mains) -> None:
    vector = [1.0] + [0.0] * 383
    filters = Filters(years=[2020], lexemes=["comet"], cosine=0.9)
    found = await past_questions.matching(pool, mains, filters, vector=vector, limit=5)
    assert [(row.text, row.coverage, row.dense) for row in found.rows] == [("On patriarchy.", 0.0, 1.0)]


async def test_the_tally_counts_all_that_fit_not_only_those_returned(pool, mains) -> None:
    found = await past_questions.matching(pool, mains, Filters(), vector=None, limit=2)
    assert len(found.rows) == 2
    assert found.tally == ((2020, "Essay", 1), (2021, "GS Paper 3", 1), (2021, "GS2", 1), (2022, "GS2", 2))


async def test_a_row_brings_its_marks_year_and_paper(pool, mains) -> None:
    [row] = (await past_questions.matching(pool, mains, Filters(papers=["essay"]), vector=None, limit=1)).rows
    assert (row.year, row.paper, row.subject, row.marks, row.version) == (2020, "Essay", "society", Decimal(125), 1)


@pytest.mark.parametrize("hostile", ["'; DROP SCHEMA pyq_mains CASCADE; --", "%", "_", "gs2' OR '1'='1", "\\"])
async def test_a_hostile_filter_is_a_value(pool, mains, hostile: str) -> None:
    assert await _texts(pool, mains, Filters(papers=[hostile])) == []
    assert await _texts(pool, mains, Filters(subjects=[hostile])) == []
    assert await _texts(pool, mains, Filters(lexemes=[hostile])) == []
    assert len(await _texts(pool, mains, Filters())) == 5


async def test_what_the_rows_cover_is_known(pool, mains) -> None:
    held = await past_questions.held(pool, mains)
    assert (held.oldest, held.newest) == (2020, 2022)
    assert held.subjects == ("economy", "federalism", "judiciary", "society")


async def test_an_empty_domain_covers_nothing(pool) -> None:
    [space] = await search.namespaces(pool, ["pyq_prelims"])
    held = await past_questions.held(pool, space)
    assert (held.oldest, held.newest, held.subjects) == (None, None, ())
