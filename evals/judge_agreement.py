"""`python -m evals.judge_agreement`: the local judge against people, cross-validated; `--train` renews its numbers."""

import argparse
import json
import sys

from app.retrieval.minilm import MiniLM
from evals.gate import agreement, entailment
from evals.gate.vectors import Vectors


def main() -> int:
    """Print the agreement; without ../shared/data the stored figures, and that they are stored."""
    parser = argparse.ArgumentParser(prog="python -m evals.judge_agreement", description=__doc__)
    parser.add_argument("--train", action="store_true", help=f"write {entailment.MODEL.name} anew")
    parser.add_argument("--json", action="store_true", help="one compact JSON object")
    wanted = parser.parse_args()
    there = agreement.PEOPLE.is_file()
    if not there and wanted.train:
        print(f"{agreement.PEOPLE.name} is not there to train on", file=sys.stderr)
        return 2
    figures = _measured(train=wanted.train) if there else agreement.stored()
    if wanted.json:
        print(json.dumps(figures | {"measured": there}, separators=(",", ":")))
    else:
        print(
            f"local judge on {figures['rows']} answers of {figures['data']} ({figures['supported']} supported):\n"
            f"  ROC AUC            {figures['roc_auc']}\n"
            f"  balanced accuracy  {figures['balanced_accuracy']}\n"
            f"  {figures['folds']}-fold cross-validation, mean of {figures['repeats']} cuts; "
            f"{'measured now' if there else 'stored figures: the data is not here'}; "
            f"reports call its score {agreement.score_name(figures)}"
        )
    return 0


def _measured(*, train: bool) -> dict[str, object]:
    judged, embed = agreement.read(), Vectors(MiniLM.load(2)).of
    figures = agreement.measure(judged, embed)
    if train:
        stored = {"agreement": figures, "model": agreement.train(judged, embed)}
        entailment.MODEL.write_text(json.dumps(stored, indent=1) + "\n")
    return figures


if __name__ == "__main__":
    sys.exit(main())
