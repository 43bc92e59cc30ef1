"""The labelled sets themselves: large enough, in no template, tuning and reporting apart."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

EVALS = Path(__file__).parents[2] / "evals"
EXAMPLES = Path(__file__).parents[2] / "app" / "agents" / "examples" / "routes.jsonl"
# No template may make more of a set than this; an opening of so many words, names and numbers blotted out, is one.
MOST_OF_ONE_FRAME = 0.05
OPENING = 5
# The keys that hold what a row says, in the order in which they make the row.
SAYING = ("cached", "asked", "sentence", "query", "question")
LABELLED = sorted(path.stem for path in (EVALS / "sets").glob("*.jsonl"))


def rows(name: str) -> list[dict[str, object]]:
    """The rows of a set, or of the router's examples."""
    path = EXAMPLES if name == "routes_examples" else EVALS / "sets" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def said(row: dict[str, object]) -> str:
    """What the row says, without case and punctuation."""
    text = " ".join(str(row[key]) for key in SAYING if key in row)
    return " ".join(re.findall(r"\w+", text.casefold()))


def frame(row: dict[str, object]) -> str:
    """The opening of a row with its names and numbers blotted out; poison is told apart by its kind."""
    text = str(row["kind"]) if "text" in row else next(str(row[key]) for key in reversed(SAYING) if key in row)
    words = re.sub(r"\d+", "#", re.sub(r"(?<=\s)[A-Z]\S*", "@", text)).casefold().split()
    return " ".join(words[:OPENING])


@pytest.mark.parametrize("name", [*LABELLED, "routes_examples"])
def test_no_template_makes_a_set(name: str) -> None:
    written = rows(name)
    opening, often = Counter(map(frame, written)).most_common(1)[0]
    assert often <= max(2, MOST_OF_ONE_FRAME * len(written)), f"{often} of {len(written)} rows begin {opening!r}"
    assert len({json.dumps(row, sort_keys=True) for row in written}) == len(written)


@pytest.mark.parametrize(
    ("tuning", "report"),
    [(f"{of}_tuning", f"{of}_report") for of in ("cache_pairs", "sentences", "refusals", "dialogues")]
    + [(f"{of}_tuning", of) for of in ("retrieval_constitution", "retrieval_content")]
    + [("routes_examples", "routes_report")],
)
def test_what_rules_are_tuned_on_is_not_what_is_reported(tuning: str, report: str) -> None:
    if "dialogues" in tuning:
        apart = [{json.dumps(row["turns"]) + str(row["question"]) for row in rows(name)} for name in (tuning, report)]
    else:
        apart = [set(map(said, rows(name))) for name in (tuning, report)]
    assert not apart[0] & apart[1]


@pytest.mark.parametrize(
    ("name", "label", "least"),
    [
        ("cache_pairs_report", {"same": False}, 600),
        ("cache_pairs_report", {"same": True}, 250),
        ("sentences_report", {"true": False}, 400),
        ("sentences_report", {"true": True}, 400),
        ("refusals_report", {"answerable": False}, 100),
        ("refusals_report", {"answerable": True}, 200),
        ("routes_report", {}, 300),
        ("dialogues_report", {}, 40),
        ("poisoned_passages", {}, 30),
        ("retrieval_constitution", {}, 150),
    ],
)
def test_the_sets_are_as_large_as_their_figures_need(name: str, label: dict[str, bool], least: int) -> None:
    assert sum(label.items() <= row.items() for row in rows(name)) >= least
