"""Routing, filters and follow-ups on sets that their rules were not written on."""

from pathlib import Path

import pytest

from evals import dialogues, routing_report
from evals.routing_report import Report

# Issue 3, section 2.
RIGHT = 0.95
REWRITTEN = 0.90


@pytest.fixture(scope="module")
async def report() -> Report:
    return (await routing_report.run(routing_report.SET, model=False))[0]


async def test_questions_reach_their_specialist(report: Report) -> None:
    assert report.questions >= 300
    assert report.accuracy >= RIGHT, report.confusion


async def test_past_paper_questions_are_narrowed_as_they_ask(report: Report) -> None:
    assert report.filters >= RIGHT


async def test_the_search_looks_where_the_answer_is(report: Report) -> None:
    assert report.domains >= RIGHT


@pytest.mark.parametrize("path", dialogues.SETS, ids=lambda path: path.stem)
def test_follow_ups_become_questions_of_their_own(path: Path) -> None:
    found = dialogues.measure(path)
    assert found.rows >= 60
    assert found.rewritten / found.rows >= REWRITTEN, found
