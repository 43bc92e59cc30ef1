"""Twenty questions for each specialist, over content/, through the real turn without a model."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import answer_shapes
import asyncpg
import pytest
from answer_shapes import ESSAY_PARTS, NEWS_PARTS, Shape
from support.starter_content import database_with_starter_content

from app.agents.answer import Answer
from app.agents.ask import Ask
from app.agents.events import Finished, SourcesFound
from app.agents.exchange import Exchange
from app.agents.supervisor import Route
from app.agents.terms import terms
from app.agents.turn import ChatTurn
from app.resources import open_resources, open_turn
from app.retrieval.calls import CallLog
from app.settings import Settings

SET = Path(__file__).parents[2] / "evals/sets/shapes.jsonl"
ROWS = [json.loads(line) for line in SET.read_text("utf-8").splitlines()]


class _Labelled:
    """A router that knows: what is measured here is what the specialists do with a question that is theirs."""

    async def route(self, question: str, history: Sequence[Exchange], log: CallLog) -> Route:
        intent = next(row["intent"] for row in ROWS if row["query"] == question)
        return Route(intent=intent, standalone_question=question, confidence=1.0)


@dataclass(frozen=True)
class Told:
    """One answer and its shape."""

    answer: Answer
    shape: Shape
    documents: frozenset[UUID]
    withheld: int


@pytest.fixture(scope="session")
async def content_dsn(postgres: str, template: str) -> AsyncIterator[str]:
    async with database_with_starter_content(postgres, template) as dsn:
        yield dsn


@pytest.fixture(scope="session")
async def told(content_dsn: str) -> dict[str, Told]:
    """Every question of the set with its answer."""
    settings = Settings.from_env({"PRASHNA_LLM": "extractive"})
    async with open_resources(settings, content_dsn, application="shapes") as resources, open_turn(resources) as turn:
        turn._router = _Labelled()
        return {row["query"]: await _ask(turn, row["query"]) for row in ROWS}


async def _ask(turn: ChatTurn, question: str) -> Told:
    events = [event async for event in turn.run(Ask.alone(question))]
    finished = events[-1]
    assert isinstance(finished, Finished)
    [sources] = [event.sources for event in events if isinstance(event, SourcesFound)]
    shape = answer_shapes.of(finished.answer.text)
    return Told(finished.answer, shape, frozenset(source.document_id for source in sources), finished.withheld)


def _of(intent: str) -> list[Any]:
    return [pytest.param(row, id=row["query"]) for row in ROWS if row["intent"] == intent]


def test_there_are_twenty_questions_for_each_specialist() -> None:
    assert Counter(row["intent"] for row in ROWS) == dict.fromkeys(("factual", "pyq", "essay", "current_affairs"), 20)


def test_the_four_are_told_apart_by_their_structure(told: dict[str, Told]) -> None:
    taken_for = {row["query"]: told[row["query"]].shape.intent for row in ROWS}
    assert taken_for == {row["query"]: row["intent"] for row in ROWS}


def test_every_answer_cites_and_none_loses_a_sentence_to_the_verifier(told: dict[str, Told]) -> None:
    assert [query for query, one in told.items() if not one.answer.citations] == []
    sentences = sum(one.answer.text.count("]") for one in told.values())
    assert sum(one.withheld for one in told.values()) <= 0.03 * sentences


@pytest.mark.parametrize("row", _of("factual"))
def test_a_fact_is_defined_in_the_first_sentence_and_then_comes_a_list(told: dict[str, Told], row: Any) -> None:
    shape = told[row["query"]].shape
    assert not shape.opening.startswith(("**", "-", "#"))
    assert set(terms(row["query"])) & set(terms(shape.opening))
    assert shape.points >= 1


@pytest.mark.parametrize("row", _of("pyq"))
async def test_listed_past_questions_are_the_rows_that_sql_finds(
    told: dict[str, Told], content_dsn: str, row: Any
) -> None:
    one = told[row["query"]]
    expected = await _rows(content_dsn, row)
    assert expected, "the set names rows that exist"
    assert one.documents == {document for document, _, _ in expected}
    assert sorted(one.shape.rows) == sorted((year, paper) for _, year, paper in expected)
    assert one.shape.rows == sorted(one.shape.rows, key=lambda pair: -pair[0]), "newest first"
    if row.get("count"):
        counts = {head: cells[-1] for head, cells in one.shape.table.items() if head.isdigit()}
        by_year = Counter(year for _, year, _ in expected)
        assert {int(year): count for year, count in counts.items() if count} == by_year


async def _rows(dsn: str, row: Any) -> list[tuple[UUID, int, str]]:
    connection = await asyncpg.connect(dsn)
    try:
        found: list[tuple[UUID, int, str]] = []
        for domain in ("pyq_mains", "pyq_prelims"):
            rows = await connection.fetch(
                f"SELECT v.document_id, v.year, v.paper FROM {domain}.versions v"
                f" JOIN {domain}.parents p ON p.version_id = v.id WHERE v.status = 'live' AND v.year IS NOT NULL"
                " AND ($1::int[] IS NULL OR v.year = ANY ($1)) AND ($2::text[] IS NULL OR v.paper = ANY ($2))"
                " AND ($3::text IS NULL OR v.subject = $3)"
                " AND (SELECT coalesce(bool_and(p.text ~* ('\\m' || word)), true) FROM unnest($4::text[]) word)",
                row.get("years"),
                row.get("papers"),
                row.get("subject"),
                row.get("words", []),
            )
            found += [(one["document_id"], one["year"], one["paper"]) for one in rows]
        return found
    finally:
        await connection.close()


@pytest.mark.parametrize("row", _of("essay"))
def test_an_outline_has_the_five_parts_and_sums_to_its_budget(told: dict[str, Told], row: Any) -> None:
    one = told[row["query"]]
    assert list(one.shape.parts) == ESSAY_PARTS
    assert sum(one.shape.parts.values()) == pytest.approx(row["words"], rel=0.1)
    after_headings = re.split(r"^\*\*[^*]+\*\* \([\d,]+ words\)$", one.answer.text, flags=re.MULTILINE)[1:]
    assert all("[" in part for part in after_headings), "every part has material"


@pytest.mark.parametrize("row", _of("current_affairs"))
def test_news_has_three_dated_parts(told: dict[str, Told], row: Any) -> None:
    shape = told[row["query"]].shape
    assert list(shape.news) == NEWS_PARTS
    assert shape.news["What happened"]


async def test_each_listed_question_is_solved_by_itself_and_an_essay_on_it_is_an_essay(content_dsn: str) -> None:
    settings = Settings.from_env({"PRASHNA_LLM": "extractive"})
    history: tuple[Exchange, ...] = ()
    finished: list[Finished] = []
    async with open_resources(settings, content_dsn, application="shapes") as resources, open_turn(resources) as turn:
        for question in (
            "UPSC 2022 GS2 questions on judiciary",
            "solve the first one",
            "solve the second one",
            "answer question 3",
            "Write an essay outline on it",
        ):
            events = [event async for event in turn.run(replace(Ask.alone(question), history=history))]
            assert isinstance(events[-1], Finished)
            finished.append(events[-1])
            history = (*history, Exchange(question, events[-1].answer.text))
    listed, *solved, essay = finished
    rows = [one for one in listed.answer.text.splitlines() if one.startswith("- **")]
    solutions = [one.answer.text.splitlines()[2] for one in solved]
    assert [re.sub(r"\[\d\]", "", one) for one in solutions] == [re.sub(r"\[\d\]", "", row) for row in rows]
    assert len({one.question for one in finished}) == 5, "nothing may be served from the cache of another"
    assert list(answer_shapes.of(essay.answer.text).parts) == ESSAY_PARTS
