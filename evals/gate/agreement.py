"""How far the local judge's verdicts agree with people's, on answers that it was not trained on."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.agents.sentences import split
from evals.gate import entailment, logistic
from evals.gate.entailment import Embed, Entailment

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
PEOPLE = SHARED / "faithfulness" / "begin_wow_dev.jsonl"
FOLDS = 5
# Each repeat cuts other folds: one cut of 430 rows moves the figures by a hundredth.
REPEATS = 5
RIDGE = 1.0
# The bar: a judge below it may not call its score faithfulness.
FAITHFUL_AUC = 0.70

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """Answers that people called supported by their context (1) or not (0); `sha256` is the file's."""

    contexts: tuple[str, ...]
    answers: tuple[str, ...]
    labels: Array
    sha256: str


def read(path: Path = PEOPLE) -> Judged:
    """The labelled answers."""
    data = path.read_bytes()
    rows = [json.loads(line) for line in data.splitlines() if line.strip()]
    labels = np.array([float(row["label"] == "Fully attributable") for row in rows])
    return Judged(
        tuple(row["context"] for row in rows),
        tuple(row["answer"] for row in rows),
        labels,
        hashlib.sha256(data).hexdigest(),
    )


def measure(judged: Judged, embed: Embed) -> dict[str, object]:
    """ROC AUC and balanced accuracy of the judge on rows left out of its training.

    As RAGAS uses it: an answer is cut into statements, its score is their mean chance of being supported, and it is
    called supported when each of its statements is.
    """
    # All at once first: with a memory behind `embed` that is a tenth of the time of one by one.
    embed([*judged.answers, *judged.contexts])
    whole = _features(judged, embed)
    statements = [[one.strip() for one in split(answer) if one.strip()] for answer in judged.answers]
    parts = [entailment.features(cut, context, embed) for cut, context in zip(statements, judged.contexts, strict=True)]
    figures = []
    for seed in range(REPEATS):
        scores, said = np.zeros(len(judged.labels)), np.zeros(len(judged.labels))
        for train, test in logistic.folds(judged.labels, FOLDS, seed):
            model = _trained(whole[train], judged.labels[train], embed)
            for row in test:
                chances = model.judged(statements[row], judged.contexts[row], parts[row])
                scores[row], said[row] = np.mean(chances), min(chances) > 0.5
        figures.append((logistic.auc(scores, judged.labels), logistic.balanced_accuracy(said, judged.labels)))
    area, balanced = np.mean(figures, axis=0)
    return {
        "roc_auc": round(float(area), 3),
        "balanced_accuracy": round(float(balanced), 3),
        "rows": len(judged.labels),
        "supported": int(judged.labels.sum()),
        "folds": FOLDS,
        "repeats": REPEATS,
        "data": PEOPLE.name,
        "sha256": judged.sha256,
    }


def train(judged: Judged, embed: Embed) -> dict[str, object]:
    """The coefficients from all rows, as `Entailment.load` reads them."""
    return _trained(_features(judged, embed), judged.labels, embed).coefficients()


def stored(path: Path = entailment.MODEL) -> dict[str, object]:
    """The figures that were measured when the coefficients in the repository were trained."""
    found: dict[str, object] = json.loads(path.read_text())["agreement"]
    return found


def score_name(figures: dict[str, object]) -> str:
    """What a report may call the local judge's faithfulness score."""
    return "faithfulness" if float(str(figures["roc_auc"])) >= FAITHFUL_AUC else "grounding"


def _features(judged: Judged, embed: Embed) -> Array:
    pairs = zip(judged.answers, judged.contexts, strict=True)
    return np.vstack([entailment.features([answer], context, embed) for answer, context in pairs])


def _trained(features: Array, labels: Array, embed: Embed) -> Entailment:
    means, scales = features.mean(axis=0), features.std(axis=0) + 1e-9
    return Entailment(logistic.fit((features - means) / scales, labels, ridge=RIDGE), means, scales, embed)
