"""One finished run of the gate, as its reports show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from evals.gate import agreement, bootstrap
from evals.gate.baseline import Baseline
from evals.gate.golden import FEWEST, GoldenSet, Item
from evals.gate.measures import JUDGED, TITLES
from evals.gate.output import Output
from evals.gate.proof import Proved
from evals.gate.scoring import ItemScores, figure
from evals.gate.verdict import Verdict

WORST = 10


@dataclass(frozen=True, slots=True)
class Run:
    """What was asked, said, scored and decided."""

    golden: GoldenSet
    outputs: Mapping[str, Output]
    scores: Mapping[str, ItemScores]
    judge: str
    thresholds: Mapping[str, float]
    floors: Mapping[str, float]
    baseline: Baseline | None
    verdict: Verdict
    damage: str | None
    proved: Sequence[Proved]
    seconds: float

    def groups(self, by: str) -> dict[str, dict[str, Any]]:
        """Means by `domain` or `intent`; a group of fewer than 20 items is unmeasured and has none."""
        members: dict[str, list[Item]] = {}
        for item in self.golden.items:
            members.setdefault(getattr(item, by), []).append(item)
        return {name: self._group(items) for name, items in sorted(members.items())}

    def _group(self, items: Sequence[Item]) -> dict[str, Any]:
        scores = {item.id: self.scores[item.id] for item in items}
        measured = len(items) >= FEWEST
        means = {
            name: round(sum(values.values()) / len(values), 4)
            for name in TITLES
            if measured and (values := figure(scores, name))
        }
        return {"items": len(items), "measured": measured, "scores": means}

    def worst(self) -> list[tuple[Item, Output, ItemScores]]:
        """The ten answerable items whose judged and counted scores are lowest on average, worst first."""
        names = (*JUDGED, "fact_recall", "citation_recall")
        rows = [item for item in self.golden.items if item.answerable]

        def level(item: Item) -> float:
            # What is not measured is no better than wrong.
            values = [self.scores[item.id].get(name) for name in names]
            known = [value if value == value else 0.0 for value in values if value is not None]
            return sum(known) / len(known) if known else 0.0

        chosen = sorted(rows, key=lambda item: (level(item), item.id))[:WORST]
        return [(item, self.outputs[item.id], self.scores[item.id]) for item in chosen]

    def judge_statement(self) -> str:
        """What the judge is, so that nobody takes it for more."""
        if self.judge != "local":
            return f"The judge is the configured model ({self.judge}); its scores vary between runs."
        figures = agreement.stored()
        return (
            "The judge is local and deterministic: rules over words, numbers and negation with sentence embeddings "
            "(MiniLM), no language model. On "
            f"{figures['rows']} answers judged by people ({figures['data']}) its faithfulness score has ROC AUC "
            f"{figures['roc_auc']} and balanced accuracy {figures['balanced_accuracy']}, cross-validated. These are "
            "answers of chat systems about encyclopedia sentences, not about this content: it notices words, numbers "
            "and denials that the passages lack, not wrong reasoning. For relevancy it is shown the question and "
            "repeats the part that the answer takes up, or the answer's nearest statement; for accuracy it counts "
            "the item's facts and the reference's "
            "words. Both are overlaps of words, and no people's judgements stand behind them."
        )

    def faithfulness_name(self) -> str:
        """What the score may be called: `grounding` when the judge agrees too little with people."""
        return "faithfulness" if self.judge != "local" else agreement.score_name(agreement.stored())

    def plain(self) -> dict[str, Any]:
        """The compact result, without the items."""
        verdict = self.verdict
        return {
            "passed": verdict.word == "passed",
            "exit": verdict.exit_code,
            "verdict": verdict.word,
            "made": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
            "dataset": {"name": self.golden.name, "sha256": self.golden.sha256, "items": len(self.golden.items)},
            "judge": self.judge,
            "damage": self.damage,
            "scores": {name: mean.plain() for name, mean in verdict.means.items()},
            "unmeasured": {name: round(share, 4) for name, share in verdict.unmeasured.items()},
            "thresholds": dict(self.thresholds),
            "floors": dict(self.floors),
            "changes": {name: change.plain() for name, change in verdict.changes.items()},
            "failures": [str(failure) for failure in verdict.failures],
            "domains": self.groups("domain"),
            "specialists": self.groups("intent"),
            "proof": {
                one.kind: {"items": one.spoilt, "exit": one.exit_code, "drops": one.drops} for one in self.proved
            },
            "refused_answerable": [
                item.id for item in self.golden.items if item.answerable and self.outputs[item.id].refused
            ],
            "seconds": round(self.seconds, 1),
            "confidence": bootstrap.CONFIDENCE,
        }
