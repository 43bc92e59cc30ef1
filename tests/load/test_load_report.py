"""What a load run asks, and what its report holds it to."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.load import verdict
from tests.load.notes import Notes
from tests.load.questions import Kind, Questions

CONTENT = Path(__file__).resolve().parents[2] / "content"
GOOD = {
    "at": 1.0, "kind": "factual", "status": 202, "error": None, "cited": True, "refused": False, "cached": False,
    "tier": "primary", "first": 0.9, "last": 1.5,
}  # fmt: skip


def _judged(tmp_path: Path, *others: dict[str, Any]) -> verdict.Verdict:
    """A run of 60 good answers and these others."""
    path = tmp_path / "notes.jsonl"
    lines = [GOOD] * 60 + [{**GOOD, **other, "question": "q"} for other in others]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return verdict.judge(5, Notes.read(path))


def _missed(found: verdict.Verdict) -> list[str]:
    return [bar.name for bar in found.bars if not bar.held]


def test_a_run_within_its_bars_is_held_and_counted(tmp_path: Path) -> None:
    found = _judged(tmp_path, {"refused": True}, {"cached": True, "last": 0.01})
    assert found.held
    assert found.figures == {
        "users": 5, "asks": 62, "errors": 0, "refused": 1, "cache_hits": 1, "p95_all": 1.5, "p95_miss": 1.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("others", "missed"),
    [
        ([{"last": 2.6}] * 10, ["p95 to the last event, s", "p95 to the last event of misses, s"]),
        # Hits hide slow misses in the figure of all.
        ([{"last": 2.6}] * 5 + [{"cached": True, "last": 0.01}] * 38, ["p95 to the last event of misses, s"]),
        ([{"status": 429, "error": "POST /chat: 429"}], ["errors and refusals by status (429, 503)"]),
        ([{"cached": True, "last": 0.01}] * 41, ["cache hits, share of asks"]),
        ([{"cited": False}] * 2 + [{"refused": True}] * 2, ["answers cited and not refused, share"]),
    ],
)
def test_each_bar_is_missed_by_itself(tmp_path: Path, others: list[dict[str, Any]], missed: list[str]) -> None:
    assert _missed(_judged(tmp_path, *others)) == missed


def test_a_run_in_which_nobody_asked_holds_no_bar(tmp_path: Path) -> None:
    found = verdict.judge(5, Notes.read(tmp_path / "nothing"))
    assert len(_missed(found)) == len(found.bars)


@pytest.mark.parametrize(("kind", "least"), [("factual", 15_000), ("pyq", 4_000), ("essay", 3_500)])
def test_questions_are_many_and_the_same_for_the_same_seed(kind: Kind, least: int) -> None:
    drawn, again = ([made.draw(kind).text for _ in range(20_000)] for made in (Questions(CONTENT, 7, 0) for _ in "ab"))
    assert drawn == again
    assert len(set(drawn)) >= least


def test_popular_questions_are_drawn_again_and_again_the_most_popular_one_most() -> None:
    made = Questions(CONTENT, 7, 0.5)
    drawn = [made.draw("factual") for _ in range(4_000)]
    popular = [asked.text for asked in drawn if asked.popular]
    assert 0.45 < len(popular) / len(drawn) < 0.55
    assert len(set(popular)) <= 160
    counts = sorted((popular.count(text) for text in set(popular)), reverse=True)
    assert counts[0] > 5 * counts[len(counts) // 2]


def test_a_follow_up_names_something_of_the_document_that_was_asked_about() -> None:
    made = Questions(CONTENT, 7, 0)
    asked = made.draw("factual")
    further = made.follow_up(asked)
    assert asked.about
    assert further
    assert any(name in further.text for name in asked.about.names)
    assert made.follow_up(made.draw("essay")) is None
