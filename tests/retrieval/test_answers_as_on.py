"""A question as on some day through a whole turn: real database, real embedded model, no model that writes."""

from datetime import date, timedelta

import asked_turn
import pytest
from stored_content import Text, store

from app.agents.cache_rung import CacheRung
from app.agents.events import Finished
from app.agents.exchange import Exchange
from app.agents.extractive import ExtractiveRung
from app.agents.turn import ChatTurn
from app.db import cache, engine
from app.retrieval import stored_answers
from app.retrieval.embedder import EmbeddedEmbedder
from app.retrieval.minilm import MiniLM
from app.retrieval.stored_answers import StoredAnswers

TITLE = "Article 19. Protection of certain rights"
TEXTS = [
    Text(
        TITLE,
        "All citizens have the right to freedom of speech, to assemble and to acquire and dispose of property.",
        effective_from=date(1950, 1, 26),
        effective_to=date(2021, 1, 1),
    ),
    Text(
        TITLE,
        "All citizens have the right to freedom of speech, to assemble and to form co-operative societies.",
        effective_from=date(2021, 1, 1),
    ),
    Text("Article 58. Election of the President", "A President must have completed the age of thirty-five years."),
    Text("Voting age", "The voting age is eighteen years. It was lowered from twenty-one in 1989."),
]


@pytest.fixture
async def turn(pool: engine.Pool, model: MiniLM, embedder: EmbeddedEmbedder) -> ChatTurn:
    async with pool.acquire() as connection:
        await store(connection, model, "polity", TEXTS)
    return await asked_turn.build(pool, embedder)


async def test_it_is_answered_from_the_version_effective_that_day_and_says_so(turn: ChatTurn) -> None:
    told = await asked_turn.ask(turn, "What was Article 19 as on 1 January 2020?")
    assert told.text.startswith("As on 1 January 2020:\n\n")
    assert "dispose of property. [1]" in told.text
    assert told.end.answer.as_of == date(2020, 1, 1)
    today = await asked_turn.ask(turn, "What was Article 19?")
    assert "co-operative societies. [1]" in today.text
    assert "As on" not in today.text


async def test_its_answer_is_not_kept_for_others_and_todays_is(turn: ChatTurn) -> None:
    assert not (await asked_turn.ask(turn, "Article 19 as on 1 January 2022")).end.cacheable
    assert (await asked_turn.ask(turn, "What is Article 19?")).end.cacheable


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("What was Article 19 as on 1 January 1940?", "No text here that held on 1 January 1940 answers it."),
        ("What was the voting age as on 1 January 1980?", "No text here that held on 1 January 1980 answers it."),
        ("What was Article 19 as on 1 January 2999?", "1 January 2999 is still to come."),
        ("What was Article 19 as on 31 February 2020?", "I can answer as on one day of the calendar at a time"),
        ("Article 19 as on 1 May 2015 and as on 1 May 2020", "I can answer as on one day of the calendar at a time"),
        ("As on 1 January 2020", "No text here that held on 1 January 2020 answers it."),
    ],
)
async def test_a_day_of_which_nothing_tells_is_refused_with_the_reason(turn: ChatTurn, question: str, why: str) -> None:
    told = await asked_turn.ask(turn, question)
    assert told.end.answer.refused
    assert f"I will not guess. {why}" in told.text


async def test_a_text_that_does_not_say_when_it_holds_is_given_as_that(turn: ChatTurn) -> None:
    told = await asked_turn.ask(turn, "How old must the President be as on 1 January 2020?")
    assert told.text.startswith("As on 1 January 2020 (the text here does not say from when it holds):\n\n")
    assert "thirty-five years. [1]" in told.text


async def test_a_follow_up_names_another_day_or_keeps_the_day(turn: ChatTurn) -> None:
    first = "What was Article 19 as on 1 January 2020?"
    before = Exchange(first, (await asked_turn.ask(turn, first)).text)
    assert (await asked_turn.ask(turn, "And as on 1 January 2022?", before)).text.startswith("As on 1 January 2022:")
    kept = await asked_turn.ask(turn, "What about Article 58?", before)
    assert kept.text.startswith("As on 1 January 2020 (")
    assert "thirty-five years" in kept.text


async def test_a_stored_answer_of_today_is_not_given_for_another_day(
    turn: ChatTurn, pool: engine.Pool, embedder: EmbeddedEmbedder
) -> None:
    lookup = StoredAnswers(pool, embedder, "tests", 0.92)
    with_cache = await asked_turn.build(pool, embedder, [CacheRung(lookup), ExtractiveRung()])
    await _keep(pool, embedder, (await asked_turn.ask(turn, "What was Article 19?")).end)
    assert (await asked_turn.ask(with_cache, "What was Article 19?")).end.answer.tier == "cache"
    told = await asked_turn.ask(with_cache, "What was Article 19 as on 1 January 2020?")
    assert told.end.answer.tier == "extractive"
    assert "dispose of property" in told.text


async def _keep(pool: engine.Pool, embedder: EmbeddedEmbedder, end: Finished) -> None:
    key = await stored_answers.key_of(end.question or "", embedder)
    assert key is not None
    entry = cache.NewEntry(
        question=end.question or "",
        key=key,
        language="en",
        prompt_set="tests",
        route={"intent": "factual", "domains": [], "confidence": 1.0},
        sources=[],
        answer=end.answer.model_dump(mode="json"),
        lifetime=timedelta(days=1),
        versions=end.versions,
        namespaces=end.namespaces,
    )
    async with pool.acquire() as connection:
        await cache.store(connection, entry)
