"""From scores to an exit code: thresholds, floors, what is missing, and drops that chance does not explain."""

import math
from pathlib import Path

import pytest

from evals.gate import baseline, bootstrap
from evals.gate.baseline import Baseline
from evals.gate.errors import NotRun
from evals.gate.golden import Item
from evals.gate.verdict import Verdict, reach


def _scores(values: list[float], name: str = "accuracy") -> dict[str, dict[str, float]]:
    return {f"i{number}": {name: value, "answered_answerable": 1.0} for number, value in enumerate(values)}


def _reach(values: list[float], threshold: float = 0.5, before: list[float] | None = None) -> Verdict:
    stored = Baseline("local", "", _scores(before)) if before else None
    return reach(_scores(values), judge="local", thresholds={"accuracy": threshold}, floors={}, baseline=stored)


def test_scores_at_their_threshold_pass() -> None:
    assert _reach([0.5] * 30).exit_code == 0


def test_a_score_below_its_threshold_fails() -> None:
    verdict = _reach([0.5] * 29 + [0.4])
    assert verdict.exit_code == 1
    assert [failure.kind for failure in verdict.failures] == ["threshold"]


def test_a_threshold_above_one_always_fails() -> None:
    assert _reach([1.0] * 30, threshold=1.0001).exit_code == 1


def test_nan_is_no_pass_above_two_in_a_hundred() -> None:
    assert _reach([1.0] * 97 + [math.nan] * 3).exit_code == 2


def test_nan_up_to_two_in_a_hundred_leaves_the_rest_to_decide() -> None:
    assert _reach([1.0] * 98 + [math.nan] * 2).exit_code == 0
    assert _reach([0.0] * 98 + [math.nan] * 2).exit_code == 1


def test_all_nan_is_unmeasured() -> None:
    assert _reach([math.nan] * 30).exit_code == 2


def test_answers_that_were_all_refused_fail_a_threshold_on_answers() -> None:
    scores = {f"i{n}": {"answered_answerable": 0.0} for n in range(30)}
    verdict = reach(scores, judge="local", thresholds={"faithfulness": 0.9}, floors={}, baseline=None)
    assert verdict.exit_code == 1


def test_a_set_of_unanswerable_questions_leaves_a_threshold_on_answers_unmeasured() -> None:
    scores = {f"i{n}": {"refused_unanswerable": 1.0} for n in range(30)}
    verdict = reach(scores, judge="local", thresholds={"accuracy": 0.0}, floors={}, baseline=None)
    assert verdict.exit_code == 2


def test_a_drop_on_a_tenth_of_the_items_is_significant() -> None:
    before = [1.0] * 200
    verdict = _reach([0.5] * 20 + [1.0] * 180, before=before)
    assert verdict.exit_code == 1
    assert [failure.kind for failure in verdict.failures] == ["drop"]


def test_changes_in_both_directions_are_chance() -> None:
    verdict = _reach([0.6, 0.8] * 60, before=[0.8, 0.6] * 60)
    assert verdict.exit_code == 0


def test_a_gain_is_no_drop() -> None:
    assert _reach([1.0] * 60, before=[0.7] * 60).exit_code == 0


def test_fewer_than_twenty_common_items_are_not_compared() -> None:
    verdict = _reach([0.6] * 19, before=[1.0] * 19)
    assert verdict.exit_code == 0
    assert not verdict.changes


def test_scores_of_another_judge_are_not_compared() -> None:
    stored = Baseline("openai:some-model", "", _scores([1.0] * 60))
    verdict = reach(_scores([0.6] * 60), judge="local", thresholds={}, floors={}, baseline=stored)
    assert "accuracy" not in verdict.changes
    assert "answered_answerable" in verdict.changes


@pytest.mark.parametrize(("items", "code"), [(20, 1), (19, 0)])
def test_a_floor_holds_from_twenty_items_on(items: int, code: int) -> None:
    scores = _scores([0.5] * items, "routing")
    assert reach(scores, judge="local", thresholds={}, floors={"routing": 0.95}, baseline=None).exit_code == code


def test_a_threshold_wins_over_a_floor() -> None:
    scores = _scores([0.5] * 30, "routing")
    verdict = reach(scores, judge="local", thresholds={"routing": 0.4}, floors={"routing": 0.95}, baseline=None)
    assert verdict.exit_code == 0


def test_the_interval_of_a_mean_is_the_same_in_every_run() -> None:
    values = [0.1, 0.5, 0.9] * 20
    assert bootstrap.mean(values) == bootstrap.mean(values)
    assert bootstrap.mean(values).low < 0.5 < bootstrap.mean(values).high


def test_a_baseline_is_read_as_it_was_written_but_for_changed_items(tmp_path: Path) -> None:
    items = [
        Item(id=name, question="q", intent="pyq", domain="d", answerable=True, reference="r") for name in ("a", "b")
    ]
    path = tmp_path / "baseline.json"
    baseline.write(path, items, {"a": {"accuracy": 0.5}, "b": {"accuracy": math.nan, "routing": 1.0}}, "local")
    changed = [items[0].model_copy(update={"question": "another"}), items[1]]
    found = baseline.read(path, changed)
    assert found is not None
    assert (found.judge, found.scores) == ("local", {"b": {"routing": 1.0}})


def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text('{"items": 3}')
    with pytest.raises(NotRun, match="not a baseline"):
        baseline.read(path, [])
