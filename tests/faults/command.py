"""The command: runs the named experiments, prints each verdict, writes the report, ends with 1 on any failure."""

import argparse
import asyncio
import json
import logging
import random
import shutil
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import uvloop

from app import telemetry
from faults import invariants
from faults.catalogue import EXPERIMENTS, Experiment
from faults.field import Field, Ground, open_ground
from faults.outcome import Outcome

_REPORTS = Path(__file__).resolve().parent.parent.parent / "reports"
REPORT = _REPORTS / "faults-report.json"
LOGS = _REPORTS / "faults-logs"


def main() -> None:
    """See the module."""
    wanted = _arguments(sys.argv[1:])
    telemetry.configure("ERROR")
    # Its pool tells of every connection that an experiment takes from it.
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
    seed = random.SystemRandom().randrange(1_000_000) if wanted.seed is None else wanted.seed
    print(f"seed {seed}: {', '.join(wanted.names)}", flush=True)
    began = time.monotonic()
    outcomes = uvloop.run(_run_all(wanted, seed))
    seconds = time.monotonic() - began
    _write(wanted.report, seed, seconds, outcomes)
    failed = [one.name for one in outcomes if one.failures]
    print(f"{seconds:.0f} s in all, seed {seed}; report in {wanted.report}; failed: {', '.join(failed) or 'none'}")
    sys.exit(1 if failed else 0)


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(EXPERIMENTS)}; all by default")
    parser.add_argument("--short", action="store_true", help="few rounds, and without names the ones CI runs")
    parser.add_argument("--seconds", type=float, default=0.0, help="go through them again until so much time has gone")
    parser.add_argument("--seed", type=int, help="of all random choices; a random one by default, printed")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the rows go")
    wanted = parser.parse_args(given)
    if unknown := sorted(set(wanted.names) - EXPERIMENTS.keys()):
        parser.error(f"no experiment is named {', '.join(unknown)}; there are {', '.join(EXPERIMENTS)}")
    wanted.names = wanted.names or [one.name for one in EXPERIMENTS.values() if one.in_short or not wanted.short]
    return wanted


async def _run_all(wanted: argparse.Namespace, seed: int) -> list[Outcome]:
    outcomes: list[Outcome] = []
    began, lap = time.monotonic(), 0
    async with open_ground() as ground:
        while not outcomes or time.monotonic() - began < wanted.seconds:
            lap += 1
            for name in wanted.names:
                experiment = EXPERIMENTS[name]
                outcome = Outcome(name, experiment.title, seed + lap - 1, lap)
                await perform(experiment, ground, outcome, short=wanted.short)
                outcomes.append(outcome)
                print(_told(outcome), flush=True)
    return outcomes


async def perform(experiment: Experiment, ground: Ground, outcome: Outcome, *, short: bool) -> None:
    """One experiment and its invariants. Whatever it raises is its failure, not the run's."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(experiment.most_seconds), ground.field(outcome, short=short) as field:
            try:
                await experiment.run(field)
                await invariants.check(field)
            finally:
                _keep_logs(field)
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - reported, and the next one runs
        outcome.error = f"{type(error).__name__}: {error}; {traceback.format_exc(limit=-2).splitlines()[-3:]}"
    outcome.seconds = time.monotonic() - began


def _keep_logs(field: Field) -> None:
    """What the processes said so far, beside the report: those of the last run of each experiment."""
    kept = LOGS / field.outcome.name
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for stack in (field.stack, *field.others):
        for log in (*stack.folder.glob("*.log"), *stack.folder.glob("schemathesis.txt")):
            shutil.copy(log, kept / f"{stack.folder.name}-{log.name}")


def _told(outcome: Outcome) -> str:
    figures = ", ".join(f"{name} {figure:g}" for name, figure in outcome.measured.items())
    head = f"{outcome.name:4} {'FAILED' if outcome.failures else 'passed'} {outcome.seconds:6.1f} s  {outcome.title}"
    return "\n".join([head, f"       {figures}", *(f"       ! {one}" for one in outcome.failures)])


def _write(path: Path, seed: int, seconds: float, outcomes: Sequence[Outcome]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = {"seed": seed, "seconds": round(seconds, 1), "experiments": [outcome.row() for outcome in outcomes]}
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
