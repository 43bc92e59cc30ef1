"""The gate's command line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from app.agents.answer import Intent
from evals.gate import standards
from evals.gate.baseline import BASELINE
from evals.gate.damage import KINDS

ROOT = Path(__file__).resolve().parents[2]
DATASET = ROOT / "evals" / "golden_set.json"
OUT = ROOT / "reports" / "eval"


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was asked for; paths are as they were typed."""

    dataset: Path
    thresholds: str | None
    specialist: str | None
    judge: str | None
    namespace: str | None
    baseline: Path
    write_baseline: bool
    damage: str | None
    prove: bool
    outputs: Path | None
    out: Path
    json: bool


def read(arguments: Sequence[str] | None = None) -> Arguments:
    """The arguments, of this process when none are given; argparse's own exit code for wrong ones is 2 too."""
    parser = argparse.ArgumentParser(
        prog="evals/run_ragas.py",
        description="The evaluation gate: asks the real pipeline the golden questions and scores its answers. "
        "Exit code 0 passed; 1 below a threshold or floor, or a significant drop against the baseline; 2 not run, or "
        "more than 2 %% unmeasured.",
    )
    add = parser.add_argument
    add("--dataset", type=Path, default=DATASET, help="the golden set (%(default)s)")
    add("--thresholds", help=f"JSON object of figures and the least they may be, by default {standards.ISSUE}")
    add("--specialist", choices=get_args(Intent), help="only this specialist's items")
    add("--judge", choices=("local", "openai"), help="by default openai where a model answers, else local")
    add(
        "--namespace",
        metavar="N",
        help="compare this namespace (its id, or domain/name) with its domain's active one, read-only on the live "
        "database, over that domain's items; --thresholds are then held to all items",
    )
    add("--baseline", type=Path, default=BASELINE, help="scores to hold (%(default)s)")
    add("--write-baseline", action="store_true", help="accept this run's scores as the baseline")
    add("--damage", choices=tuple(KINDS), help="spoil a fifth of the answers first, to see the gate shut")
    add("--prove", action="store_true", help="after the run, spoil its answers in all five ways and see each noticed")
    add("--outputs", type=Path, help="score these recorded answers (outputs.jsonl of a report) instead of asking")
    add("--out", type=Path, default=OUT, help="folder for report.json, report.html, outputs.jsonl (%(default)s)")
    add("--json", action="store_true", help="print one compact JSON object and nothing else on standard output")
    return Arguments(**vars(parser.parse_args(arguments)))
