"""The look-up by meaning: equal keys and a near vector, decided in SQL; what it counts, and what it forgets."""

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from support import clock, library, questions, stored_answers
from support.questions import PROMPT_SET, SAME_DIRECTION, asked

from app.db import cache, engine, gate, sessions, tasks
from app.db.cache import CacheKey
from app.retrieval.guard.comparison import compare
from app.retrieval.guard.guarded import guard
from app.retrieval.minilm import MiniLM
from app.retrieval.question import normalise

PAIRS = Path(__file__).parents[2] / "evals/sets/cache_pairs_tuning.jsonl"


def _leaning(cosine: float) -> list[float]:
    """A vector of that cosine to every stored one."""
    return [cosine, (1 - cosine**2) ** 0.5, *([0.0] * 382)]


async def _find(pool: engine.Pool, key: CacheKey, threshold: float = 0.92) -> cache.CacheEntry | None:
    return await cache.lookup(pool, key, language="en", prompt_set=PROMPT_SET, threshold=threshold)


def _key(text: str, embedding: list[float] | None = None) -> CacheKey:
    return CacheKey(normalise(text), embedding or SAME_DIRECTION, guard(text).keys)


async def test_a_paraphrase_is_found_in_one_look_up(pool: engine.Pool, student: str) -> None:
    await stored_answers.keep(pool, f"Who appoints the Governor {student}?", await library.place(pool))

    assert await _find(pool, _key(f"By whom is the Governor {student} appointed?")) is not None


async def test_equal_vectors_with_other_keys_are_not_found(pool: engine.Pool, student: str) -> None:
    await stored_answers.keep(pool, f"Who appoints the Governor {student}?", await library.place(pool))

    assert await _find(pool, _key(f"Who removes the Governor {student}?")) is None


@pytest.mark.parametrize(("cosine", "threshold", "found"), [
    (0.93, 0.92, True), (0.91, 0.92, False), (0.91, 0.85, True), (0.84, 0.85, False),
])  # fmt: skip
async def test_equal_keys_need_the_threshold_too(
    pool: engine.Pool, student: str, cosine: float, threshold: float, found: bool
) -> None:
    await stored_answers.keep(pool, f"Who appoints the Governor {student}?", await library.place(pool))
    key = _key(f"By whom is the Governor {student} appointed?", _leaning(cosine))

    assert (await _find(pool, key, threshold) is not None) == found


async def test_the_nearest_of_several_is_taken(pool: engine.Pool, student: str) -> None:
    placed, text = await library.place(pool), f"Who appoints the Governor {student}?"
    for cosine in (0.95, 0.99, 0.97):
        key = CacheKey(f"{student} {cosine}", _leaning(cosine), guard(text).keys)
        await stored_answers.keep(pool, text, placed, key=key, route={"cosine": cosine, "domains": []})
    found = await _find(pool, _key(f"By whom is the Governor {student} appointed?"))

    assert found is not None
    assert found.route["cosine"] == 0.99


@pytest.mark.parametrize("dead", ["expired", "silent"])
async def test_a_dead_exact_entry_does_not_hide_a_living_one(own: engine.Pool, student: str, dead: str) -> None:
    placed = await library.place(own)
    alive = await stored_answers.keep(own, "Who appoints the Governor?", placed)
    gone = await library.place(own)
    lifetime = timedelta(seconds=-1) if dead == "expired" else timedelta(days=1)
    await stored_answers.keep(own, "By whom is the Governor appointed?", gone, lifetime=lifetime)
    if dead == "silent":
        await library.set_status(own, gone, "ended")
    found = await _find(own, _key("By whom is the Governor appointed?"))

    assert found is not None
    assert found.answer["task_id"] == str(alive)


async def test_the_longest_question_that_the_api_takes_can_be_stored(pool: engine.Pool, student: str) -> None:
    rng = np.random.default_rng(7)
    text = f"{student} " + " ".join("".join(chr(int(c)) for c in rng.integers(0x905, 0x939, 7)) for _ in range(490))
    await stored_answers.keep(pool, text, await library.place(pool), language="en")

    assert len(text) > 3_900
    assert await _find(pool, _key(text)) is not None


async def test_no_question_is_personal_to_sql_without_an_embedding(pool: engine.Pool, student: str) -> None:
    text = f"What is the rank of {student}?"
    await stored_answers.keep(pool, text, await library.place(pool))
    gated = await gate.gate(pool, asked(student, text, embedding=None), session_id=None, limit=100)

    assert gated.outcome == "miss"


async def test_the_look_up_reads_indexes_also_when_it_was_planned_over_an_empty_cache(own: engine.Pool) -> None:
    async with own.acquire() as connection:
        key = _key("primed while empty")
        call = "SELECT id FROM cache.lookup($1, $2::float4[]::vector, $3, 'en', $4, 0.92)"
        await connection.execute("VACUUM ANALYZE cache.entries")
        for _ in range(8):
            await connection.fetch(call, key.normalised, list(key.embedding), list(key.fact_keys), PROMPT_SET)
        await connection.execute(
            """INSERT INTO cache.entries (question, normalised, embedding, fact_keys, language, prompt_set, route,
                                          sources, answer, expires_at)
               SELECT 'q', 'q ' || i, $1::float4[]::vector, ARRAY['k:' || i], 'en', $2, '{}', '[]',
                      '{"intent": "factual"}', now() + interval '1 day' FROM generate_series(1, 3000) i""",
            SAME_DIRECTION, PROMPT_SET,
        )  # fmt: skip
        await connection.fetch(call, key.normalised, list(key.embedding), list(key.fact_keys), PROMPT_SET)
        await connection.execute("SELECT pg_stat_force_next_flush()")
        read = await connection.fetchval(
            "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relid = 'cache.entries'::regclass"
        )

    assert read == 0


async def test_sql_and_the_command_decide_alike(own: engine.Pool) -> None:
    """Over a sample of the tuning pairs, both by the embedded model."""
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()][::6]
    model = MiniLM.load(threads=2)
    placed = await library.place(own)
    for row, compared in zip(rows, compare([(r["cached"], r["asked"]) for r in rows], model), strict=True):
        async with own.acquire() as connection:
            await cache.purge(connection)
        cached, question = guard(row["cached"]), guard(row["asked"])
        vectors = model.embed_now([cached.text, question.text])
        key = CacheKey(normalise(row["cached"]), vectors[0].tolist(), cached.keys)
        await stored_answers.keep(own, row["cached"], placed, key=key)
        found = await _find(own, CacheKey(normalise(row["asked"]), vectors[1].tolist(), question.keys))
        languages = compared.veto is not None and any(key.startswith("language:") for key in compared.veto)
        if not languages and cached.standalone and question.standalone:
            assert (found is not None) == compared.served(0.92), row


async def test_hits_are_told_apart_priced_and_reported(own: engine.Pool, student: str) -> None:
    placed = await library.place(own)
    written = questions.answer(asked(student).task_id, citation=placed.citation)
    written["usage"] = {"tokens_in": 900, "tokens_out": 200, "cost": 0.004, "calls": 3}
    await stored_answers.keep(own, "Who appoints the Governor?", placed, answer=written)
    await stored_answers.keep(own, "What is a money bill?", placed, lifetime=timedelta(seconds=-1))
    ended = await library.place(own)
    await stored_answers.keep(own, "What is a whip?", ended)
    await library.set_status(own, ended, "ended")
    same = asked(student, "who appoints the governor")
    near = asked(student, "By whom is the Governor appointed?")
    for question in (same, near):
        assert (await gate.gate(own, question, session_id=None, limit=100)).outcome == "hit"
    await tasks.save_feedback(own, near.task_id, owner=student, score=0, comment="not mine")
    async with own.acquire() as connection:
        stats = await cache.stats(connection)
        reports = await cache.false_hits(connection, limit=5)

    assert {name: float(value) for name, value in stats.items()} == {
        "entries": 3, "live": 1, "silent": 1, "expired": 1, "hits": 2, "exact_hits": 1, "near_hits": 1,
        "saved_cost": 0.008, "unpriced_hits": 0, "saved_calls": 6, "false_hit_reports": 1,
    }  # fmt: skip
    assert [(report["asked"], report["stored"], report["comment"]) for report in reports] == [
        ("By whom is the Governor appointed?", "Who appoints the Governor?", "not mine")
    ]


async def test_answers_that_ended_a_week_ago_are_forgotten_with_their_counters(own: engine.Pool, student: str) -> None:
    await stored_answers.keep(own, "Who appoints the Governor?", await library.place(own))
    await gate.gate(own, asked(student, "Who appoints the Governor?"), session_id=None, limit=100)
    async with own.acquire() as connection:
        await clock.move(connection, timedelta(days=7, hours=23))
        early = await cache.drop_expired(own)
        await clock.move(connection, timedelta(days=8, minutes=1))
        gone = await cache.drop_expired(own)

    assert (early, gone) == (0, 1)
    assert await own.fetchval("SELECT count(*) FROM cache.entry_sources") == 0
    assert await own.fetchval("SELECT count(*) FROM cache.entry_hits") == 0
    assert await own.fetchval("SELECT count(*) FROM cache.servings") == 1


async def test_servings_lose_both_questions_after_thirty_days_and_stay_counted(own: engine.Pool, student: str) -> None:
    await stored_answers.keep(own, "Who appoints the Governor?", await library.place(own))
    question = asked(student, "Who appoints the Governor?")
    await gate.gate(own, question, session_id=None, limit=100)
    await tasks.save_feedback(own, question.task_id, owner=student, score=0, comment="not mine")
    found = []
    async with own.acquire() as connection:
        for offset in (timedelta(days=29, hours=23), timedelta(days=30, minutes=1)):
            await clock.move(connection, offset)
            await cache.drop_expired(own)
            texts = await own.fetchrow("SELECT asked, stored FROM cache.servings")
            found.append(
                (*texts, (await cache.stats(connection))["hits"], len(await cache.false_hits(connection, limit=9)))
            )

    assert found == [("Who appoints the Governor?", "Who appoints the Governor?", 1, 1), (None, None, 1, 0)]


async def test_a_deleted_session_takes_its_texts_out_of_the_servings(
    own: engine.Pool, student: str, database: str
) -> None:
    await stored_answers.keep(own, "Who appoints the Governor?", await library.place(own))
    kept, gone = (asked(student, "Who appoints the Governor?") for _ in range(2))
    await gate.gate(own, kept, session_id=None, limit=100)
    passed = await gate.gate(own, gone, session_id=None, limit=100)
    async with engine.open_sessions(database, application="test", size=1) as made, made() as session:
        await sessions.delete(session, passed.session_id, owner=student)
        await session.commit()

    left = await own.fetch("SELECT task_id FROM cache.servings WHERE asked IS NOT NULL OR stored IS NOT NULL")
    assert [row["task_id"] for row in left] == [kept.task_id]
