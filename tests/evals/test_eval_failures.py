"""Why a comparison shut the gate, as an operator reads it: each cause once, with what to do."""

import math

import pytest

from evals.gate import comparison
from evals.gate.scoring import ItemScores
from evals.gate.verdict import Verdict, reach

ROUTED = {"routing": 1.0, "answered_answerable": 1.0}
JUDGED = ("faithfulness", "answer_relevancy", "accuracy")


def _both(scores: dict[str, ItemScores], domain: int) -> list[Verdict]:
    """On the first `domain` of the items, and on all of them with a threshold, as a comparison has it."""
    mine = dict(list(scores.items())[:domain])
    return [
        reach(some, judge="openai:m", thresholds=thresholds, floors={}, baseline=None)
        for some, thresholds in ((mine, {}), (scores, {"accuracy": 0.93}))
    ]


@pytest.mark.parametrize(
    ("judge", "said"),
    [
        (
            "openai:m",
            "the judge openai:m, which PRASHNA_LLM and OPENAI_BASE_URL name, gave no score for 27 of 28 answers: see "
            "that it answers, or set PRASHNA_LLM=extractive for the local judge; at most 2% may be unmeasured",
        ),
        ("local", "the local judge found nothing to score in 27 of 28 answers; at most 2% may be unmeasured"),
    ],
)
def test_a_judge_that_gives_no_score_is_named_once_with_what_to_do(judge: str, said: str) -> None:
    scores: dict[str, ItemScores] = {
        f"i{number}": ROUTED | dict.fromkeys(JUDGED, math.nan if number < 27 else 0.0) for number in range(28)
    }
    scores["refused"] = {"routing": 1.0, "refused_unanswerable": 1.0}
    verdicts = _both(scores, domain=20)
    assert {verdict.word for verdict in verdicts} == {"unmeasured"}
    assert comparison.failures(verdicts, scores, judge) == [said]


def test_questions_that_failed_are_no_fault_of_the_judge() -> None:
    failed = {"routing": math.nan, "answered_answerable": math.nan} | dict.fromkeys(JUDGED, math.nan)
    scores: dict[str, ItemScores] = {
        f"i{number}": failed if number < 5 else ROUTED | dict.fromkeys(JUDGED, 1.0) for number in range(30)
    }
    assert comparison.failures(_both(scores, domain=20), scores, "openai:m") == [
        "5 of 30 questions ended in an error and have no answer to score; at most 2% may be unmeasured"
    ]


def test_what_was_measured_is_said_as_it_was() -> None:
    scores: dict[str, ItemScores] = {f"i{number}": ROUTED | dict.fromkeys(JUDGED, 0.5) for number in range(30)}
    assert comparison.failures(_both(scores, domain=20), scores, "openai:m") == [
        "accuracy: 0.500, its threshold is 0.93"
    ]


def test_a_threshold_on_answers_of_which_there_are_none_is_said() -> None:
    scores: dict[str, ItemScores] = {f"i{n}": {"routing": 1.0, "refused_unanswerable": 1.0} for n in range(30)}
    assert comparison.failures(_both(scores, domain=20), scores, "openai:m") == [
        "accuracy: 100.0% unmeasured, at most 2% may be"
    ]
