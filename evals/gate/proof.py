"""The proof that the gate notices: a fifth of a run's answers is spoilt in five ways, each has to shut the gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.gate.baseline import Baseline
from evals.gate.damage import KINDS, spoil
from evals.gate.golden import Item
from evals.gate.output import Output
from evals.gate.scoring import ItemScores, Scoring
from evals.gate.verdict import reach


@dataclass(frozen=True, slots=True)
class Proved:
    """What one kind of damage did. `drops` are the figures that fell against the same run undamaged."""

    kind: str
    spoilt: int
    exit_code: int
    drops: Mapping[str, float]


async def prove(
    scoring: Scoring, items: Sequence[Item], outputs: Mapping[str, Output], scores: Mapping[str, ItemScores]
) -> list[Proved]:
    """Each kind of damage on these outputs, judged by nothing but the fall against them: no threshold helps."""
    undamaged = Baseline(scoring.judge, "", scores)
    proved = []
    for kind in KINDS:
        spoilt = spoil(kind, items, outputs)
        changed = [item for item in items if spoilt[item.id] != outputs[item.id]]
        verdict = reach(
            {**scores, **await scoring.scores(changed, spoilt)},
            judge=scoring.judge,
            thresholds={},
            floors={},
            baseline=undamaged,
        )
        drops = {failure.figure: failure.value or 0.0 for failure in verdict.failures if failure.kind == "drop"}
        proved.append(Proved(kind, len(changed), verdict.exit_code, drops))
    return proved
