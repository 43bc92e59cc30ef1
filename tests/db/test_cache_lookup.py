"""When a stored answer may be served again: derived at each look-up, so that undo and rollback bring it back."""

from datetime import timedelta

import pytest
from support import clock, library, stored_answers
from support.questions import PROMPT_SET, SAME_DIRECTION, asked

from app.db import cache, engine
from app.db.cache import CacheKey


async def test_exactly_the_same_normalised_question_is_found(pool: engine.Pool, student: str) -> None:
    text = f"What is Article 19 to {student}?"
    written_for = await stored_answers.keep(pool, text, await library.place(pool))
    found = await _lookup(pool, f"  what IS  article 19 to {student} ")

    assert found is not None
    assert found.answer["task_id"] == str(written_for)
    assert found.route["domains"] == ["polity"]


async def test_a_question_that_differs_in_a_word_is_not_found(pool: engine.Pool, student: str) -> None:
    await stored_answers.keep(pool, f"What is Article 19 to {student}?", await library.place(pool))

    assert await _lookup(pool, f"What is Article 21 to {student}?") is None


@pytest.mark.parametrize("other", [{"language": "hi"}, {"prompt_set": "of yesterday"}])
async def test_an_answer_of_another_language_or_prompt_set_is_never_served(
    pool: engine.Pool, student: str, other: dict[str, str]
) -> None:
    await stored_answers.keep(pool, student, await library.place(pool), **other)

    assert await _lookup(pool, student) is None


@pytest.mark.parametrize("status", ["ended", "withdrawn", "draft"])
async def test_an_answer_is_silent_while_what_it_cites_is_not_live(
    pool: engine.Pool, student: str, status: str
) -> None:
    first, second = await library.place(pool), await library.place(pool, "history")
    await stored_answers.keep(pool, student, first, second)
    await library.set_status(pool, second, status)
    while_gone = await _lookup(pool, student)
    await library.set_status(pool, second, "live")

    assert while_gone is None
    assert await _lookup(pool, student) is not None


@pytest.mark.parametrize("status", ["building", "retiring", "dropped"])
async def test_an_answer_is_silent_while_its_namespace_is_not_active(
    own: engine.Pool, student: str, status: str
) -> None:
    placed = await library.place(own)
    await stored_answers.keep(own, student, placed)
    change = "UPDATE catalog.namespaces SET status = $2, retire_after = now() WHERE id = $1"
    await own.execute(change, placed.namespace_id, status)
    while_gone = await _lookup(own, student)
    await own.execute(change, placed.namespace_id, "active")

    assert while_gone is None
    assert await _lookup(own, student) is not None


async def test_an_answer_is_silent_while_a_namespace_that_was_searched_for_it_is_not_active(
    own: engine.Pool, student: str
) -> None:
    placed, searched = await library.place(own), await library.place(own, "history")
    await stored_answers.keep(own, student, placed, namespaces=[placed.namespace_id, searched.namespace_id])
    change = "UPDATE catalog.namespaces SET status = $2, retire_after = now() WHERE id = $1"
    await own.execute(change, searched.namespace_id, "retiring")
    while_gone = await _lookup(own, student)
    await own.execute(change, searched.namespace_id, "active")

    assert while_gone is None
    assert await _lookup(own, student) is not None


async def test_an_answer_is_silent_from_the_day_on_which_what_it_cites_is_no_longer_effective(
    own: engine.Pool, student: str
) -> None:
    placed = await library.place(own)
    await stored_answers.keep(own, student, placed, lifetime=timedelta(days=30))
    change = f"UPDATE {placed.domain}.versions SET effective_to = chat.today() + 2 WHERE id = $1"
    await own.execute(change, placed.version_id)
    before = await _lookup(own, student)
    async with own.acquire() as connection:
        await clock.move(connection, timedelta(days=2))

    assert before is not None
    assert await _lookup(own, student) is None


async def test_an_answer_past_its_time_is_silent(own: engine.Pool, student: str) -> None:
    await stored_answers.keep(own, student, await library.place(own), lifetime=timedelta(hours=24))
    async with own.acquire() as connection:
        await clock.move(connection, timedelta(hours=23))
        before = await _lookup(own, student)
        await clock.move(connection, timedelta(hours=25))

    assert before is not None
    assert await _lookup(own, student) is None


async def test_an_answer_without_a_source_is_not_stored(pool: engine.Pool, student: str) -> None:
    await stored_answers.keep(pool, student)

    assert await pool.fetchval("SELECT count(*) FROM cache.entries WHERE question = $1", student) == 0


async def test_an_entry_whose_sources_are_gone_is_never_served(pool: engine.Pool, student: str) -> None:
    await stored_answers.keep(pool, student, await library.place(pool))
    await pool.execute(
        "DELETE FROM cache.entry_sources s USING cache.entries e WHERE e.id = s.entry_id AND e.question = $1", student
    )

    assert await _lookup(pool, student) is None


async def test_the_newest_usable_answer_is_served(own: engine.Pool, student: str) -> None:
    placed = await library.place(own)
    older = await stored_answers.keep(own, student, placed)
    ended = await library.place(own)
    await stored_answers.keep(own, student, ended)
    await library.set_status(own, ended, "ended")
    found = await _lookup(own, student)

    assert found is not None
    assert found.answer["task_id"] == str(older)


async def test_a_purge_empties_the_cache_and_says_how_much_went(own: engine.Pool, student: str) -> None:
    placed = await library.place(own)
    for text in ("one", "two", "three"):
        await stored_answers.keep(own, text, placed)
    async with own.acquire() as connection:
        gone = await cache.purge(connection)

    assert gone == 3
    assert await own.fetchval("SELECT count(*) FROM cache.entry_sources") == 0


async def _lookup(pool: engine.Pool, text: str) -> cache.CacheEntry | None:
    key = asked("nobody", text)
    found = CacheKey(key.normalised, SAME_DIRECTION, key.fact_keys)
    return await cache.lookup(pool, found, language="en", prompt_set=PROMPT_SET, threshold=0.92)
