"""How often the real turn refuses what the texts do not answer, and what they do, on questions that nobody tuned on."""

import pytest

from evals import refusal_report, refusal_set
from evals.refusal_report import Count

# The aims are 90 and 5 % (evals/refusal_report.py) and are missed, as docs/quality.md says: 80.8 and 14.6 % were
# measured. These floors only see to it that it gets no worse unseen.
LEAST_REFUSED, MOST_REFUSED = 0.78, 0.17
# What names a provision that does not exist or another country's law is refused as the aim wants.
REACHED = {"article_not_there": 0.95, "other_country": 0.95}


@pytest.fixture(scope="module")
async def sums() -> list[Count]:
    """Both classes over content/."""
    rows = refusal_set.rows("report")
    found: list[Count] = []
    async for corpus, dsn in refusal_set.databases(constitution=False):
        outcomes = await refusal_report.asked(dsn, [row for row in rows if row.askable(corpus)])
        found += refusal_report.counted(corpus, outcomes)
    return found


def test_the_report_set_is_large_enough_to_tell() -> None:
    rows = refusal_set.rows("report")
    assert sum(not row.answerable for row in rows) >= 110
    assert sum(row.answerable for row in rows) >= 200


def test_no_question_of_the_report_was_tuned_on() -> None:
    tuned = {row.query.casefold() for row in refusal_set.rows("tuning")}
    assert tuned.isdisjoint(row.query.casefold() for row in refusal_set.rows("report"))


def test_most_questions_that_the_texts_do_not_answer_are_refused(sums: list[Count]) -> None:
    every = [one for one in sums if not one.answerable and one.kind == "all"]
    assert every
    assert [one for one in every if one.refused < LEAST_REFUSED * one.asked] == []


@pytest.mark.parametrize("kind", REACHED)
def test_what_is_not_there_by_name_is_refused(sums: list[Count], kind: str) -> None:
    named = [one for one in sums if one.kind == kind]
    assert named
    assert [one for one in named if one.refused < REACHED[kind] * one.asked] == []


def test_few_questions_that_the_texts_answer_are_refused(sums: list[Count]) -> None:
    every = [one for one in sums if one.answerable and one.kind == "all"]
    assert every
    assert [one for one in every if one.refused > MOST_REFUSED * one.asked] == []
