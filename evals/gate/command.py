"""`evals/run_ragas.py` from its arguments to its exit code."""

import asyncio
import json
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from app import telemetry
from app.errors import PrashnaError
from app.settings import Settings
from evals.gate import arguments, baseline, comparison, database, golden, output, pipeline, report, standards, terminal
from evals.gate.arguments import Arguments
from evals.gate.baseline import Baseline
from evals.gate.bootstrap import FEWEST_PAIRS
from evals.gate.damage import spoil
from evals.gate.errors import NotRun
from evals.gate.golden import GoldenSet
from evals.gate.output import Output
from evals.gate.progress import Progress
from evals.gate.proof import prove
from evals.gate.run import Run
from evals.gate.scoring import ItemScores, Scoring
from evals.gate.verdict import EXIT, reach

NOT_RUN = 2


def main(given: Sequence[str] | None = None) -> int:
    """Run the gate; the exit code."""
    wanted = arguments.read(given)
    telemetry.configure("ERROR")
    try:
        return asyncio.run(_gate(wanted))
    except (NotRun, PrashnaError) as error:
        return _not_run(wanted, str(error))
    except Exception as error:  # noqa: BLE001  (whatever broke, it was no verdict: 1 would say that the answers are bad)
        traceback.print_exc()
        return _not_run(wanted, f"{type(error).__name__}: {error}")


def _not_run(wanted: Arguments, reason: str) -> int:
    print(f"not run: {reason}", file=sys.stderr)
    if wanted.json:
        print(json.dumps({"passed": False, "exit": NOT_RUN, "verdict": "not run", "reason": reason}))
    return NOT_RUN


async def _gate(wanted: Arguments) -> int:
    settings = Settings.from_env()
    whole = golden.read(wanted.dataset)
    if wanted.namespace:
        return await comparison.run(settings, wanted, whole)
    thresholds = standards.thresholds(wanted.thresholds or standards.ISSUE)
    chosen = whole.only(intent=wanted.specialist) if wanted.specialist else whole
    progress = Progress()
    scoring = Scoring(settings, wanted.judge, whole.items)
    outputs = await _outputs(settings, wanted, chosen, progress)
    run = await _judged(wanted, chosen, outputs, scoring, thresholds, progress)
    _report(wanted, run)
    if wanted.write_baseline:
        _accept(wanted, whole, run)
    return run.verdict.exit_code if all(one.drops for one in run.proved) else EXIT["failed"]


async def _outputs(settings: Settings, wanted: Arguments, chosen: GoldenSet, progress: Progress) -> dict[str, Output]:
    if wanted.outputs:
        recorded = output.read(wanted.outputs)
        if missing := [item.id for item in chosen.items if item.id not in recorded]:
            raise NotRun(f"{str(wanted.outputs)!r} lacks {len(missing)} items, {missing[0]} for one")
        return recorded
    async with database.own(settings, progress) as dsn:
        asked = await pipeline.run(settings, dsn, chosen.items, progress)
    return {one.id: one for one in asked}


async def _judged(
    wanted: Arguments,
    chosen: GoldenSet,
    outputs: Mapping[str, Output],
    scoring: Scoring,
    thresholds: Mapping[str, float],
    progress: Progress,
) -> Run:
    progress.say(f"judging {len(chosen.items)} answers ({scoring.judge})")
    scores = await scoring.scores(chosen.items, outputs)
    before = _baseline(wanted, chosen, scores, scoring)
    if wanted.damage:
        outputs = spoil(wanted.damage, chosen.items, outputs)
        scores = await scoring.scores(chosen.items, outputs)
    floors = standards.floors()
    verdict = reach(scores, judge=scoring.judge, thresholds=thresholds, floors=floors, baseline=before)
    proved = []
    if wanted.prove:
        progress.say("spoiling a fifth of the answers in five ways")
        proved = await prove(scoring, chosen.items, outputs, scores)
    return Run(
        golden=chosen,
        outputs={item.id: outputs[item.id] for item in chosen.items},
        scores=scores,
        judge=scoring.judge,
        thresholds=thresholds,
        floors=floors,
        baseline=before,
        verdict=verdict,
        damage=wanted.damage,
        proved=proved,
        seconds=progress.seconds,
    )


def _baseline(
    wanted: Arguments, chosen: GoldenSet, scores: Mapping[str, ItemScores], scoring: Scoring
) -> Baseline | None:
    if wanted.write_baseline:
        # It is about to be replaced, so it holds nobody back.
        return None
    stored = baseline.read(wanted.baseline, chosen.items)
    if wanted.damage and (stored is None or len(stored.scores) < FEWEST_PAIRS):
        # A set that the baseline does not know: damage is measured against the same answers unspoilt.
        return Baseline(scoring.judge, "", scores)
    return stored


def _report(wanted: Arguments, run: Run) -> None:
    page: Path = report.write(wanted.out, run)
    if wanted.json:
        print(json.dumps(run.plain() | {"report": str(page)}, separators=(",", ":")))
        print(terminal.summary(run), file=sys.stderr)
    else:
        print(terminal.summary(run))
        print(f"report: {page}")


def _accept(wanted: Arguments, whole: GoldenSet, run: Run) -> None:
    if wanted.damage or len(run.golden.items) < len(whole.items) or run.verdict.word == "unmeasured":
        raise NotRun("a baseline is written from a whole, measured and undamaged run")
    baseline.write(wanted.baseline, run.golden.items, run.scores, run.judge)
    print(f"baseline: {wanted.baseline}", file=sys.stderr)
