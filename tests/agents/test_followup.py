import pytest

from app.agents.exchange import Exchange
from app.agents.followup import leans, standalone

MONEY_BILL = (Exchange("What is a money bill?", "A money bill is …"),)


@pytest.mark.parametrize(
    ("question", "rewritten"),
    [
        ("And who certifies it?", "And who certifies it - money bill?"),
        ("What about its exceptions?", "What about its exceptions - money bill?"),
        ("in 2021?", "in 2021 - money bill?"),
        ("Why?", "Why - money bill?"),
        ("How is it different from a finance bill", "How is it different from a finance bill - money bill?"),
    ],
)
def test_a_follow_up_gets_the_subject_it_leans_on(question: str, rewritten: str) -> None:
    assert standalone(question, MONEY_BILL) == rewritten


@pytest.mark.parametrize(
    "question",
    [
        "What is the 73rd Constitutional Amendment?",
        "Explain the monsoon and its onset.",
        "Is it true that the President can dissolve the Lok Sabha?",
        "Latest schemes launched this year",
    ],
)
def test_a_whole_question_stays_as_it_is(question: str) -> None:
    assert not leans(question)
    assert standalone(question, MONEY_BILL) == question


def test_the_subject_comes_from_the_last_question_that_has_one() -> None:
    history = (*MONEY_BILL, Exchange("Explain Article 110.", "…"), Exchange("And its use?", "…"))
    assert standalone("Who decides on it?", history) == "Who decides on it - Article 110?"


def test_without_a_subject_a_follow_up_stays_open() -> None:
    assert standalone("And then?", (Exchange("Why?", "…"),)) is None
