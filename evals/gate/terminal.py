"""The summary that a person reads after a run."""

from collections.abc import Iterator

from evals.gate.golden import FEWEST
from evals.gate.measures import TITLES
from evals.gate.run import Run


def summary(run: Run) -> str:
    """A table of all figures, the proof, what failed, and how long it took."""
    return "\n".join(_lines(run))


def _lines(run: Run) -> Iterator[str]:
    yield f"{run.golden.name}: {len(run.golden.items)} items, judge {run.judge}, {run.seconds:.0f} s" + (
        f", damaged: {run.damage}" if run.damage else ""
    )
    yield f"  {'':<22} {'score':>6}  {'95 % interval':<15} {'items':>5}  {'limit':>6}  {'baseline':>8}"
    for name in TITLES:
        yield from _row(run, name)
    if few := [name for name, group in run.groups("domain").items() if not group["measured"]]:
        yield f"  unmeasured for themselves, with fewer than {FEWEST} items: {', '.join(few)}"
    for one in run.proved:
        fell = ", ".join(f"{name} {drop:+.3f}" for name, drop in one.drops.items()) or "NOTHING NOTICED"
        yield f"  damage {one.kind:<18} {one.spoilt:>3} items  exit {one.exit_code}  {fell}"
    for failure in run.verdict.failures:
        yield f"  {failure}"
    yield f"{run.verdict.word.upper()}"


def _row(run: Run, name: str) -> Iterator[str]:
    mean = run.verdict.means.get(name)
    limit = run.thresholds.get(name, run.floors.get(name))
    if mean is None and limit is None:
        return
    shown = run.faithfulness_name() if name == "faithfulness" else name
    change = run.verdict.changes.get(name)
    score = f"{mean.mean:6.3f}  {mean.low:.3f} - {mean.high:.3f}   {mean.items:>5}" if mean else f"{'-':>6}{'':>23}"
    yield (
        f"  {shown:<22} {score}  {'' if limit is None else f'{limit:g}':>6}  "
        f"{'' if change is None else f'{change.mean:+.3f}':>8}"
    ).rstrip()
