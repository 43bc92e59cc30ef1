"""Fits the embedded router on its labelled examples and stores it beside them: `python -m evals.fit_router`.

Prints the accuracy of ten-fold cross-validation first. Run it after a change of the examples or the cues.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app.agents import route_model
from app.agents.cues import found
from app.agents.route_model import INTENTS, Example, RouteModel
from app.retrieval.minilm import MiniLM, Vectors

STORED = Path(route_model.__file__).parent / "examples" / "route_model.jsonl"
FOLDS = 10


def cross_validated(examples: tuple[Example, ...], vectors: Vectors, cues: list[list[bool]]) -> float:
    """The share of examples that a model fitted without them routes right."""
    folds = np.random.default_rng(0).permutation(len(examples)) % FOLDS
    right = 0
    for fold in range(FOLDS):
        kept = np.flatnonzero(folds != fold)
        model = RouteModel.fit([examples[i] for i in kept], vectors[kept], [cues[i] for i in kept])
        for i in np.flatnonzero(folds == fold):
            votes = model.intents(vectors[i], cues[i])
            right += max(INTENTS, key=lambda intent: votes[intent]) == examples[i].intent
    return right / len(examples)


def main() -> None:
    """Fit, measure, store."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    examples = route_model.load_examples()
    vectors = MiniLM.load(threads=2).embed_now([example.query for example in examples])
    cues = [list(found(example.query, datetime.now(UTC).year)) for example in examples]
    print(f"examples {len(examples)}  cross-validated {cross_validated(examples, vectors, cues):.3f}")
    STORED.write_text(RouteModel.fit(examples, vectors, cues).dump(), "utf-8")
    print(f"stored {STORED.name} {STORED.stat().st_size} bytes")


if __name__ == "__main__":
    main()
