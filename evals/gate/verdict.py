"""Scores, thresholds and baseline to one verdict. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from evals.gate import bootstrap
from evals.gate.baseline import Baseline
from evals.gate.bootstrap import Mean
from evals.gate.golden import FEWEST
from evals.gate.measures import TITLES
from evals.gate.scoring import ItemScores, figure, unmeasured

# A judge or a provider that fails more often has not measured the set.
MOST_UNMEASURED = 0.02
EXIT = {"passed": 0, "failed": 1, "unmeasured": 2}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the gate is shut: a figure under its limit, or a drop of it (then `limit` is 0 and `value` the drop)."""

    figure: str
    kind: Literal["threshold", "floor", "drop", "unmeasured"]
    value: float | None
    limit: float

    def __str__(self) -> str:
        """In a line."""
        if self.kind == "drop":
            return f"{self.figure} fell by {-(self.value or 0):.3f} against the baseline"
        if self.kind == "unmeasured":
            return f"{self.figure}: {self.value or 0:.1%} unmeasured, at most {self.limit:.0%} may be"
        said = "nothing to measure" if self.value is None else f"{self.value:.3f}"
        return f"{self.figure}: {said}, its {self.kind} is {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome with all figures. `changes` are against the baseline, for figures that both have enough of."""

    word: Literal["passed", "failed", "unmeasured"]
    failures: tuple[Failure, ...]
    means: Mapping[str, Mean]
    unmeasured: Mapping[str, float]
    changes: Mapping[str, Mean]

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 2 unmeasured."""
        return EXIT[self.word]


def reach(
    scores: Mapping[str, ItemScores],
    *,
    judge: str,
    thresholds: Mapping[str, float],
    floors: Mapping[str, float],
    baseline: Baseline | None,
) -> Verdict:
    """The verdict on a run. A threshold wins over a floor; a floor holds from 20 items on."""
    means = {name: bootstrap.mean(list(values.values())) for name in TITLES if (values := figure(scores, name))}
    gaps = {name: share for name in TITLES if (share := unmeasured(scores, name))}
    changes = _changes(scores, judge, baseline)
    missing = [Failure(name, "unmeasured", share, MOST_UNMEASURED) for name, share in gaps.items()
               if share > MOST_UNMEASURED]  # fmt: skip
    answerable = any("answered_answerable" in one for one in scores.values())
    if not answerable:
        # Only refusals were asked for: a threshold on answers has nothing to hold.
        missing += [Failure(name, "unmeasured", 1.0, MOST_UNMEASURED) for name in thresholds if name not in means]
    failures = [
        *_under(means, thresholds, "threshold"),
        *_under(
            means,
            {n: v for n, v in floors.items() if n not in thresholds and n in means and means[n].items >= FEWEST},
            "floor",
        ),
        *(Failure(name, "drop", change.mean, 0.0) for name, change in changes.items() if bootstrap.dropped(change)),
    ]
    word: Literal["passed", "failed", "unmeasured"] = "unmeasured" if missing else "failed" if failures else "passed"
    return Verdict(word, (*missing, *failures), means, gaps, changes)


def _under(
    means: Mapping[str, Mean], limits: Mapping[str, float], kind: Literal["threshold", "floor"]
) -> list[Failure]:
    values = {name: means[name].mean if name in means else None for name in limits}
    return [
        Failure(name, kind, value, limits[name])
        for name, value in values.items()
        if value is None or value < limits[name]
    ]


def _changes(scores: Mapping[str, ItemScores], judge: str, baseline: Baseline | None) -> dict[str, Mean]:
    if baseline is None:
        return {}
    compared = {name: bootstrap.difference(figure(scores, name), baseline.of(name, judge)) for name in TITLES}
    return {name: change for name, change in compared.items() if change is not None}
