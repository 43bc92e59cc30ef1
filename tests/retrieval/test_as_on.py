"""Which day a question asks about, what is left of it, and which texts can tell of that day."""

from dataclasses import replace
from datetime import date

import pytest
from candidate_values import parent

from app.agents import filters
from app.retrieval import as_on
from app.retrieval.as_on import AsOn
from app.retrieval.guard.guarded import guard

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("question", "about", "day"),
    [
        ("What was Article 19 as on 1 January 2020?", "What was Article 19?", date(2020, 1, 1)),
        ("As on 1st January, 2020, what was Article 19?", "What was Article 19?", date(2020, 1, 1)),
        ("Text of Article 19 as it stood on January 1, 2020", "Text of Article 19", date(2020, 1, 1)),
        ("What is GST on gold as of 01.04.2019?", "What is GST on gold?", date(2019, 4, 1)),
        ("Article 19 (as on 2020-01-31)", "Article 19", date(2020, 1, 31)),
        ("Article 19, as at 31/12/1988, in brief", "Article 19, in brief", date(1988, 12, 31)),
        ("Article 19 as on 26/1/50", "Article 19", date(1950, 1, 26)),
        ("Article 19 as of 12/31/2019", "Article 19", date(2019, 12, 31)),
        ("Article 19 as on 1-Jan-2020", "Article 19", date(2020, 1, 1)),
        ("What was the rate as of March 2024?", "What was the rate?", date(2024, 3, 31)),
        ("Article 370 as on 2019", "Article 370", date(2019, 12, 31)),
        ("Article 370 as at the beginning of 2019", "Article 370", date(2019, 1, 1)),
        ("The tax slabs as of 2019-20", "The tax slabs", date(2020, 3, 31)),
        ("Article 370 as on 2026", "Article 370", TODAY),
        ("Article 370 as of November 2026", "Article 370", TODAY),
        ("1 जनवरी 2020 की स्थिति के अनुसार अनुच्छेद 19 क्या था?", "अनुच्छेद 19 क्या था?", date(2020, 1, 1)),
        ("१ जनवरी २०२० को लागू अनुच्छेद 19 क्या है?", "अनुच्छेद 19 क्या है?", date(2020, 1, 1)),
        ("Article 19 as on 1 January 2030", "Article 19", None),
        ("Article 19 as on 31 February 2020?", "Article 19?", None),
        ("Article 19 as on 45.13.2020", "Article 19", None),
    ],
)
def test_the_day_is_read_and_taken_out_of_the_question(question: str, about: str, day: date | None) -> None:
    found = as_on.read(question)
    assert found is not None
    assert (found.question, found.day(TODAY)) == (about, day)


@pytest.mark.parametrize(
    "question",
    [
        "Article 19 as on 1 January 2015 and as on 1 January 2020",
        "Article 19 as on 2015 and 2020",
        "as of 2015 or 2020",
    ],
)
def test_of_several_days_there_is_none_to_answer_for(question: str) -> None:
    found = as_on.read(question)
    assert found is not None
    assert found.span is None


@pytest.mark.parametrize(
    "question",
    [
        "What happened on 15 August 1947?",
        "Which laws were in force in 1975?",
        "What is the repo rate as of today?",
        "Give the list as on date",
        "as of 1.5 million voters",
        "Questions asked in 2019",
        "Acts of 2005 as of 20050",
        "What was India's sex ratio as of the 2011 Census?",
    ],
)
def test_a_question_about_no_day_of_its_own_is_left_alone(question: str) -> None:
    assert as_on.read(question) is None
    assert as_on.without(question) == question


def test_hostile_text_is_read_in_linear_time() -> None:
    assert as_on.read("as on " * 20_000) is None
    assert as_on.read("as on 1 " * 20_000) is None
    assert as_on.read("1 january " * 20_000) is None


def test_the_day_is_no_year_of_past_papers() -> None:
    read = filters.read("Which questions on federalism were asked in GS2 as of 2020?")
    assert (read.years, read.papers, read.topic) == ((), ("gs2",), "federalism")


def test_a_question_as_on_some_day_is_neither_looked_up_nor_stored() -> None:
    assert not guard("What was Article 19 as on 1 January 2020?").standalone
    assert guard("What was Article 19 of the Constitution?").standalone


@pytest.mark.parametrize(
    ("about", "tells"),
    [
        ({"effective_from": date(1950, 1, 26), "text": "Changed in 2023."}, True),
        ({"text": "The term is five years, since 1950."}, True),
        ({"text": "The age was lowered in 2021."}, False),
        ({"published_on": date(2020, 6, 1)}, False),
        ({"published_on": date(2019, 6, 1)}, False),
        ({"published_on": date(2019, 6, 1), "text": "In force from 1 January 2020."}, True),
    ],
)
def test_a_text_without_dates_tells_of_a_day_unless_it_was_written_later(about: dict[str, object], tells: bool) -> None:
    assert as_on.holds(replace(parent(1), **about), date(2020, 1, 1)) is tells


def test_the_words_that_name_the_day_are_kept() -> None:
    assert as_on.read("What was Article 19 as on 1 January 2020?") == AsOn(
        "What was Article 19?", "as on 1 January 2020", (date(2020, 1, 1), date(2020, 1, 1))
    )
