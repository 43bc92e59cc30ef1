"""What a plan would do to answers of today, against what really happens when it is carried out."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from support import library, stored_answers, study_texts
from support.study_texts import StudyText

from app.db import engine, search
from app.db.versions import Details, NewChunk, NewParent, NewVersion, StatusChange
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedders
from app.retrieval.fact_keys import fact_keys
from app.retrieval.retriever import Retriever
from ingest.apply import Models
from ingest.impact import MOST_COMPARED, Impact, impact

QUESTIONS = {
    "p1": "What is the minimum age to be elected President?",
    "p2": "How is a financial emergency declared?",
    "p3": "What does Article 19 protect?",
    "p4": "Who appoints the Governor of a State?",
    "p5": "What is the basic structure doctrine?",
}
NEW = {
    "of everything": StudyText(
        "polity",
        "The office of President",
        "The minimum age to be elected President is thirty-five years. He may declare a financial emergency.",
    ),
    "of one article": StudyText(
        "polity", "Article 19. Commentary", "Article 19 protects speech, assembly, association, movement and residence."
    ),
    "of something else": StudyText("polity", "Panchayats", "A Gram Sabha is the assembly of the voters of a village."),
}


@pytest.fixture
async def pool(database: str) -> AsyncIterator[engine.Pool]:
    async with engine.open_pool(database, application="test", size=4, settings=search.SETTINGS) as made:
        yield made


@pytest.fixture
async def content(database: str) -> str:
    """The dsn of a database with a dozen texts."""
    await _store(database, study_texts.TEXTS)
    return database


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    path = tmp_path / "golden.json"
    items = [{"id": key, "question": text, "intent": "factual", "domain": "polity"} for key, text in QUESTIONS.items()]
    other = {"id": "h1", "question": "When was Bengal divided?", "intent": "factual", "domain": "history"}
    path.write_text(json.dumps({"version": 1, "items": [*items, other]}))
    return path


async def _store(dsn: str, texts: Sequence[StudyText]) -> None:
    """As an apply leaves them: counted."""
    await study_texts.store_all(dsn, texts)
    connection = await engine.connect(dsn, application="test")
    await connection.execute("ANALYZE polity.chunks")
    await connection.close()


def _version(text: StudyText, **details: date) -> NewVersion:
    chunk = NewChunk(text.title, text.text, 80)
    parent = NewParent(text.title, text.title, text.text, 80, fact_keys(text.title), (chunk,))
    return NewVersion(text.title, None, 1, "hash", text.title, Details(**details), (parent,))


def _withdrawn(version: UUID, document: UUID) -> StatusChange:
    return StatusChange(version, document, "live", "withdrawn", None, None)


async def _firsts(pool: engine.Pool, models: Models) -> dict[str, set[str]]:
    """The titles of the first five passages of each question, as students get them now."""
    retriever = Retriever(pool, models.embedders)
    snapshot = await retriever.snapshot()
    domains = (await search.domains_by_intent(pool))["factual"]
    return {
        key: {
            one.passage.title
            for one in (
                await retriever.rank(text, snapshot=snapshot, domains=domains, keys=fact_keys(text), log=CallLog())
            ).fused[:5]
        }
        for key, text in QUESTIONS.items()
    }


async def _told(
    dsn: str, models: Models, golden: Path, *, added: Sequence[NewVersion] = (), changes: Sequence[StatusChange] = ()
) -> Impact:
    return await impact(dsn, models.embedders, "polity", changes=changes, added=added, golden=golden)


@pytest.mark.parametrize("name", NEW)
async def test_the_questions_told_are_those_that_get_other_passages(
    content: str, pool: engine.Pool, models: Models, golden: Path, name: str
) -> None:
    before = await _firsts(pool, models)
    told = await _told(content, models, golden, added=[_version(NEW[name])])
    await _store(content, [NEW[name]])
    after = await _firsts(pool, models)

    assert {one.id for one in told.questions} == {key for key in QUESTIONS if before[key] != after[key]}
    assert (told.cached_answers, told.asked, told.compared, told.chunks, told.note) == (0, 5, 1, 1, "")


async def test_a_text_that_goes_changes_the_questions_it_stood_for(
    content: str, pool: engine.Pool, models: Models, golden: Path
) -> None:
    before = await _firsts(pool, models)
    title = "Article 360. Provisions as to financial emergency"
    gone = await pool.fetchrow("SELECT id, document_id FROM polity.versions WHERE title = $1", title)
    told = await _told(content, models, golden, changes=[_withdrawn(gone["id"], gone["document_id"])])

    assert {one.id for one in told.questions} == {key for key in QUESTIONS if title in before[key]} > {"p2"}


async def test_a_text_that_comes_back_is_compared_as_it_is_stored(
    content: str, pool: engine.Pool, models: Models, golden: Path
) -> None:
    before = await _firsts(pool, models)
    title = "Article 360. Provisions as to financial emergency"
    back = await pool.fetchval("UPDATE polity.versions SET status = 'withdrawn' WHERE title = $1 RETURNING id", title)
    without = await _firsts(pool, models)
    told = await impact(content, models.embedders, "polity", changes=(), added=(), revived=[back], golden=golden)

    assert {one.id for one in told.questions} == {key for key in QUESTIONS if before[key] != without[key]} >= {"p2"}
    assert told.chunks == 1


async def test_what_is_not_effective_today_changes_nothing_today(content: str, models: Models, golden: Path) -> None:
    to_come = _version(NEW["of everything"], effective_from=date(2999, 1, 1))
    past = _version(NEW["of one article"], effective_to=date(2001, 1, 1))
    told = await _told(content, models, golden, added=[to_come, past])
    assert (told.questions, told.chunks, told.note) == ((), 0, "")


async def test_only_answers_that_are_served_and_cite_what_goes_are_counted(
    content: str, pool: engine.Pool, models: Models, golden: Path
) -> None:
    gone, cut, stays, silent = [await library.place(pool) for _ in range(4)]
    await stored_answers.keep(pool, "What is in Article 19?", gone, stays)
    await stored_answers.keep(pool, "What is in Article 20?", cut)
    await stored_answers.keep(pool, "What is in Article 21?", stays)
    await stored_answers.keep(pool, "What is in Article 22?", gone, silent)
    await stored_answers.keep(pool, "What is in Article 23?", gone, lifetime=timedelta(days=-1))
    await library.set_status(pool, silent, "ended")
    ends = _withdrawn(gone.version_id, gone.document_id)
    shorter = replace(
        _withdrawn(cut.version_id, cut.document_id), status_after="live", effective_to_after=date(2001, 1, 1)
    )
    later = replace(shorter, version_id=stays.version_id, effective_to_after=date(2999, 1, 1))

    told = await _told(content, models, golden, changes=[ends, shorter, later])
    assert told.cached_answers == 2


async def test_of_very_many_new_texts_those_with_the_questions_words_are_compared(
    content: str, models: Models, golden: Path
) -> None:
    many = [
        _version(StudyText("polity", f"Village {n}", f"The village of number {n} has wells and a school."))
        for n in range(MOST_COMPARED + 50)
    ]
    told = await _told(content, models, golden, added=[*many, _version(NEW["of everything"])])
    assert {"p1", "p2"} <= {one.id for one in told.questions}
    assert (told.compared, told.chunks) == (MOST_COMPARED, MOST_COMPARED + 51)
    assert told.note == f"{MOST_COMPARED} of {MOST_COMPARED + 51} new chunks were compared with the golden questions"


async def test_without_golden_set_or_embedder_it_says_so(
    content: str, models: Models, tmp_path: Path, golden: Path
) -> None:
    absent = await _told(content, models, tmp_path / "none.json", added=[_version(NEW["of everything"])])
    assert absent.note.startswith("golden questions were not compared: ")
    broken = tmp_path / "broken.json"
    broken.write_text('{"items": [{"id": "x"}]}')
    assert (await _told(content, models, broken)).note.endswith("is no golden set")
    alone = await impact(
        content, Embedders([]), "polity", changes=(), added=[_version(NEW["of everything"])], golden=golden
    )
    assert alone.note.startswith("new texts were not compared with the golden questions: no embedder")
