"""Which sentence of the real content answers first: one about what the question names, in the part it asks for."""

from dataclasses import replace

import pytest

from app.agents import actions, named, picks
from app.agents.quotes import Quotes
from evals.passages import resolve

GOVERNOR = "polity:polity/governor#0"
PRESIDENT = "polity:polity/president-election-and-qualifications#0"
COURT = "polity:polity/supreme-court-and-judicial-review#0"
COMMISSION = "polity:polity/election-commission-and-cag#0"


def lead(question: str, *ids: str) -> str:
    """The sentence that leads the answer from these passages, all of which the search likes alike."""
    found = resolve(list(ids))
    assert found is not None
    numbered = [(number, replace(one, score=0.8)) for number, one in enumerate(found, 1)]
    return Quotes(picks.asked(question, numbered), numbered).answer()[-1].unit.text


@pytest.mark.parametrize("ids", [(GOVERNOR, PRESIDENT), (PRESIDENT, GOVERNOR)])
@pytest.mark.parametrize(
    "question", ["Is the Governor elected?", "is the governor elected", "How is a Governor chosen?"]
)
def test_a_page_on_another_office_does_not_lead(question: str, ids: tuple[str, str]) -> None:
    assert lead(question, *ids) == "Article 155 provides that the President appoints the Governor by warrant."


@pytest.mark.parametrize("ids", [(COURT, COMMISSION), (COMMISSION, COURT)])
def test_who_advises_on_another_appointment_does_not_lead(ids: tuple[str, str]) -> None:
    assert lead("Who appoints the Chief Justice of India?", *ids).startswith(
        "Article 124 establishes the Supreme Court"
    )


def test_who_is_appointed_by_the_president_is_still_said_of_the_commission() -> None:
    assert "Election Commission" in lead("Who appoints the Chief Election Commissioner?", COMMISSION, COURT)


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("The President appoints the Chief Justice of India.", True),
        ("The Chief Justice is appointed by the President.", True),
        ("Appointment of acting Chief Justice", True),
        ("Officers of the Court are appointed by the Chief Justice of India.", False),
        ("Appointments are made on the advice of the Prime Minister and the Chief Justice.", False),
        ("A judge is appointed by the President.", None),
    ],
)
def test_an_act_is_told_from_its_opposite(text: str, done: bool | None) -> None:
    action = actions.asked("Who appoints the Chief Justice of India?")
    assert action is not None
    assert action.done_in(text) is done


@pytest.mark.parametrize("question", ["Who is the Governor?", "Who wrote Gitanjali?", "What is a money bill?", "?"])
def test_a_question_that_names_no_act_on_somebody_has_none(question: str) -> None:
    assert actions.asked(question) is None


def test_a_governor_is_not_the_government() -> None:
    assert named.subject("Is the Governor elected?") == {"governor"}
    assert named.subject("Does the Government of India elect?") == frozenset()
