"""The local judge without RAGAS around it: what it tells apart, and what the stored figures claim."""

import pytest
from support.shared import shared_data

from app.retrieval.minilm import MiniLM
from evals.gate import agreement, rating, relevance
from evals.gate.entailment import Entailment
from evals.gate.golden import Item
from evals.gate.relevance import Rarity
from evals.gate.statements import statements
from evals.gate.vectors import Vectors
from tests.support.growth import assert_linear

_CONTEXT = """Money Bills
A Money Bill can be introduced only in the Lok Sabha. The Speaker of the Lok Sabha certifies a Money Bill.
The Rajya Sabha must return a Money Bill within fourteen days and cannot amend it.
The Vice-President is the chairman of the Rajya Sabha. About 12 members are nominated by the President."""
_ITEM = Item(
    id="a",
    question="Within how many days must the Rajya Sabha return a Money Bill?",
    intent="factual",
    domain="polity",
    answerable=True,
    reference="Fourteen days; it cannot amend the Bill.",
    must_have=[["fourteen days", "14 days"], ["cannot amend"]],
    must_not=["thirty days"],
)


@pytest.fixture(scope="module")
def model() -> MiniLM:
    """The embedded model."""
    return MiniLM.load(1)


@pytest.fixture(scope="module")
def judge(model: MiniLM) -> Entailment:
    """With the coefficients of the repository."""
    return Entailment.load(model.embed_now)


@pytest.mark.parametrize(
    "statement",
    [
        "The Speaker of the Lok Sabha certifies a Money Bill.",
        "The Rajya Sabha must return a Money Bill within 14 days.",
        "Only the Lok Sabha can introduce a Money Bill.",
        "About twelve members are nominated by the President.",
    ],
)
def test_what_the_context_says_is_supported(judge: Entailment, statement: str) -> None:
    assert judge.probabilities([statement], _CONTEXT)[0] > 0.5


@pytest.mark.parametrize(
    "statement",
    [
        "The Rajya Sabha must return a Money Bill within thirty days.",
        "The Speaker of the Lok Sabha does not certify a Money Bill.",
        "The Rajya Sabha can amend it and must return a Money Bill within fourteen days.",
        "About 15 members are nominated by the President.",
        "Monsoon winds reverse their direction twice a year over the Arabian Sea.",
    ],
)
def test_what_the_context_does_not_say_is_not(judge: Entailment, statement: str) -> None:
    assert judge.probabilities([statement], _CONTEXT)[0] < 0.5


def test_statements_are_sentences_without_frame_and_citations() -> None:
    answer = (
        "**Money Bills**\n\n- The Speaker certifies a Money Bill. [1]\n- Introduction (40 words)\n"
        "| 2019 | 3 |\n|---|---|\n\nNo. The Rajya Sabha cannot amend it. [1][2]\n\nThe study material here has no more."
    )
    assert statements(answer) == ["The Speaker certifies a Money Bill.", "The Rajya Sabha cannot amend it."]


def _asked_back(answer: str, model: MiniLM) -> str:
    rarity = Rarity([_ITEM.question, "What is a cyclone?", "Who was Ashoka?"])
    return relevance.answered_question(_ITEM.question, answer, rarity, model.embed_now)


def test_the_judge_asks_for_what_the_answer_takes_up(model: MiniLM) -> None:
    said = "The Rajya Sabha must return a Money Bill within fourteen days. [1]"
    assert _asked_back(said, model) == _ITEM.question


def test_words_that_the_answer_lacks_are_not_asked_for(model: MiniLM) -> None:
    said = "The Rajya Sabha must return the Bill within fourteen days. [1]"
    assert _asked_back(said, model) == "Within how many days must the Rajya Sabha return a Bill?"


def test_for_an_answer_to_another_question_the_judge_asks_for_what_it_says(model: MiniLM) -> None:
    other = "Tropical cyclones form over warm seas. [1]"
    assert _asked_back(other, model) == "Tropical cyclones form over warm seas."


def test_a_refusal_evades() -> None:
    assert relevance.evades("The study material here does not answer this question, so I will not guess.")


@pytest.mark.parametrize(
    ("answer", "facts", "reference"),
    [
        ("It has fourteen days and cannot amend the Bill. [1]", 4, 4),
        ("It has 14 days to return it. [1]", 2, 2),
        ("Cyclones form over warm seas. [1]", 0, 0),
        ("It has fourteen days, not thirty days, and cannot amend the Bill. [1]", 0, 0),
    ],
)
def test_the_two_ratings_follow_the_facts(answer: str, facts: int, reference: int) -> None:
    rarity = Rarity([_ITEM.reference, "Warm seas.", "Ashoka was a Maurya."])
    assert rating.by_facts(_ITEM, answer) == facts
    assert rating.by_reference(_ITEM, answer, rarity) <= reference


@pytest.mark.parametrize("piece", ["(", "1,", "**", "a.", ": ", "- ", "|", "not 1 a ", "[1] ", "> "])
def test_a_hostile_answer_is_judged_in_time_linear_in_its_length(judge: Entailment, piece: str) -> None:
    assert_linear(lambda text: judge.probabilities(statements(text) or [text], text), piece)


@pytest.mark.shared
def test_the_judge_agrees_with_people_as_the_report_says(model: MiniLM) -> None:
    people = agreement.read(shared_data("faithfulness", "begin_wow_dev.jsonl"))
    found = agreement.measure(people, Vectors(model).of)
    stored = agreement.stored()
    assert float(str(found["roc_auc"])) >= agreement.FAITHFUL_AUC
    for name in ("roc_auc", "balanced_accuracy"):
        assert float(str(found[name])) == pytest.approx(float(str(stored[name])), abs=0.01)


def test_a_judge_below_the_bar_may_not_call_its_score_faithfulness() -> None:
    assert agreement.score_name({"roc_auc": 0.699}) == "grounding"
    assert agreement.score_name({"roc_auc": 0.70}) == "faithfulness"
