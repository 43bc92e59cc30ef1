"""How well follow-ups become questions of their own by rule, on labelled dialogues: a part of `routing_report`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.agents.exchange import Exchange
from app.agents.followup import standalone

_SETS = Path(__file__).parent / "sets"
# The rules were written on the first; the second was written by others.
SETS = (_SETS / "dialogues_tuning.jsonl", _SETS / "dialogues_report.jsonl")


@dataclass(frozen=True, slots=True)
class Dialogues:
    """Counts of a set's rows: `detected` as leaning or not as labelled, `rewritten` those whose words are right too."""

    name: str
    rows: int
    detected: int
    rewritten: int


def measure(path: Path) -> Dialogues:
    """The counts of one set. A rewriting has a word of each group of `must_contain` and none of `must_not`."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    results = [_result(row) for row in rows]
    return Dialogues(
        name=path.stem,
        rows=len(rows),
        detected=sum(detected for detected, _ in results),
        rewritten=sum(detected and worded for detected, worded in results),
    )


def table(found: Sequence[Dialogues]) -> str:
    """A line for each set."""
    return "\n".join(
        f"{one.name}: {one.rows} dialogues, follow-ups detected {one.detected / one.rows:.1%} "
        f"({one.detected} of {one.rows}), rewritten {one.rewritten / one.rows:.1%} ({one.rewritten} of {one.rows})"
        for one in found
    )


def _result(row: dict[str, Any]) -> tuple[bool, bool]:
    """Whether only what leans is changed, and whether the words are right."""
    written = standalone(row["question"], [Exchange(turn["question"], turn["answer"]) for turn in row["turns"]])
    said = (written or row["question"]).casefold()
    worded = all(any(word in said for word in group) for group in row["must_contain"])
    return (written != row["question"]) == row["follow_up"], worded and not any(
        word in said for word in row["must_not"]
    )
