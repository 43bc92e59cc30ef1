"""Fits the weights of app/retrieval/evidence.py on the tuning questions and prints them with cross-validated errors.

Run as `python -m evals.refusal_fit`: loads content/ into a database of its own. Each question is searched in all
domains but the past papers; those that only the Constitution or a past paper answers are left out.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.db import engine, search
from app.resources import open_embedders
from app.retrieval.calls import CallLog
from app.retrieval.evidence import Case
from app.retrieval.fact_keys import fact_keys
from app.retrieval.retriever import Retriever
from app.retrieval.support.weighing import Nearness
from app.settings import Settings
from evals import refusal_set
from evals.gate import database
from evals.gate.progress import Progress
from evals.refusal_set import Row

Array = npt.NDArray[np.float64]

BY_WORDS = (
    "coverage", "page", "rarest", "presumes", "head", "kind", "attribute", "size", "weight", "structured"
)  # fmt: skip
BY_MEANING = ("near", "dense", "drop", "change", *BY_WORDS)
FOLDS = 10
RIDGE = 3.0
# A weight against its measure's meaning (more of the question's words, less support) fits the set, not questions.
MORE_IS_BETTER = frozenset({"near", "dense", "coverage", "page", "drop", "structured"})
MORE_IS_WORSE = frozenset({"change", "rarest", "presumes", "head", "kind", "attribute"})
# A refused student is lost, and what is said is verified sentence by sentence: the constant is such that this share of
# answerable questions is refused, barriers and all, of those that are asked as students ask.
REFUSED = 0.08
AS_STUDENTS_ASK = ("own_words", "direct")
# The shares of refused answerable questions at which the report says what is refused of the others.
CURVE = (0.03, 0.05, 0.06, 0.08, 0.10)


@dataclass(frozen=True)
class Sample:
    """The measures of a question's places, or that a barrier refused it."""

    row: Row
    places: tuple[dict[str, float], ...]


class _Watching(Retriever):
    """Remembers the last case that it judged."""

    seen: tuple[Case, Nearness | None] | None = None

    async def _nearness(self, case: Case, question: str) -> Nearness | None:
        nearness = await super()._nearness(case, question)
        self.seen = (case, nearness)
        return nearness


async def samples(dsn: str, rows: Sequence[Row]) -> list[Sample]:
    """Every row searched and measured in the database at `dsn`."""
    found = []
    async with (
        open_embedders(Settings.from_env({})) as (_, embedders),
        engine.open_pool(dsn, application="fit", size=2, settings=search.SETTINGS) as pool,
    ):
        domains = await search.domains_by_intent(pool)
        wide = [name for intent, names in domains.items() if intent != "pyq" for name in names]
        retriever = _Watching(pool, embedders)
        snapshot = await retriever.snapshot()
        for row in rows:
            await retriever.search(row.query, snapshot=snapshot, domains=wide, keys=fact_keys(row.query), log=CallLog())
            if retriever.seen:
                case, nearness = retriever.seen
                places = () if case.refused else tuple(case.measured(place, nearness) for place in case.places)
                found.append(Sample(row, places))
    return found


def fitted(found: Sequence[Sample], names: Sequence[str]) -> dict[str, float]:
    """Coefficients by ridge regression; each question counts with its best place, found again with each fit."""
    weights = dict.fromkeys(names, 0.0) | {"constant": 0.0, "coverage": 1.0, "near": 1.0}
    for _ in range(4):
        x, y = _table([one for one in found if one.places], names, weights)
        weights = dict(zip(("constant", *names), _signed(x, y, names), strict=True))
    return weights


def scores(found: Sequence[Sample], names: Sequence[str], weights: dict[str, float]) -> Array:
    """The log odds of each question, far below 0 behind a barrier."""
    return np.array([max((_score(place, names, weights) for place in one.places), default=-99.0) for one in found])


def cross_validated(found: Sequence[Sample], names: Sequence[str]) -> Array:
    """Each question's score by coefficients that have not seen it."""
    folds = np.array([hash_of(one.row.query) % FOLDS for one in found])
    out = np.zeros(len(found))
    for fold in range(FOLDS):
        weights = fitted([one for one, at in zip(found, folds, strict=True) if at != fold], names)
        chosen = [one for one, at in zip(found, folds, strict=True) if at == fold]
        out[folds == fold] = scores(chosen, names, weights)
    return out


def hash_of(text: str) -> int:
    """The same number for the same text in every run."""
    return sum(ord(character) * (place + 1) for place, character in enumerate(text))


def _score(place: dict[str, float], names: Sequence[str], weights: dict[str, float]) -> float:
    return weights["constant"] + sum(weights[name] * place[name] for name in names)


def _table(found: Sequence[Sample], names: Sequence[str], weights: dict[str, float]) -> tuple[Array, Array]:
    best = [max(one.places, key=lambda place: _score(place, names, weights)) for one in found]
    x = np.array([[1.0, *(place[name] for name in names)] for place in best])
    return x, np.array([float(one.row.answerable) for one in found])


def _signed(x: Array, y: Array, names: Sequence[str]) -> Array:
    """The regression without measures whose weight comes out against their meaning, the worst left out first."""
    sign = np.array([0, *((name in MORE_IS_BETTER) - (name in MORE_IS_WORSE) for name in names)])
    weights, used = np.zeros(x.shape[1]), np.ones(x.shape[1], dtype=bool)
    while True:
        weights[used] = _regressed(x[:, used], y)
        weights[~used] = 0.0
        wrong = np.where(sign * weights < 0, np.abs(weights) * x.std(axis=0), 0.0)
        if not wrong.any():
            return weights
        used[int(np.argmax(wrong))] = False


def _regressed(x: Array, y: Array) -> Array:
    weights = np.zeros(x.shape[1])
    ridge = RIDGE * np.eye(x.shape[1]) * (x.std(axis=0) ** 2 + 1e-6)
    ridge[0, 0] = 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (p - y) + ridge @ weights
        hessian = (x.T * (p * (1 - p))) @ x + ridge + 1e-9 * np.eye(x.shape[1])
        weights = weights - np.linalg.solve(hessian, gradient)
    return weights


def report(found: Sequence[Sample], names: Sequence[str]) -> dict[str, object]:
    """Final coefficients, and how they would do on questions not seen."""
    answerable = np.array([one.row.answerable for one in found])
    held_out, weights = cross_validated(found, names), fitted(found, names)
    asked = np.array([one.row.answerable and one.row.kind in AS_STUDENTS_ASK for one in found])
    threshold = float(np.quantile(held_out[asked], REFUSED))
    weights["constant"] -= threshold
    return {
        "coefficients": {name: round(value, 3) for name, value in weights.items()},
        "questions": len(found),
        "unanswerable_refused": round(float((held_out[~answerable] < threshold).mean()), 3),
        "answerable_refused": round(float((held_out[answerable] < threshold).mean()), 3),
        "curve": {
            share: round(float((held_out[~answerable] < np.quantile(held_out[asked], share)).mean()), 3)
            for share in CURVE
        },
    }


def _fits(row: Row) -> bool:
    return not row.source.startswith(("pyq", "constitution")) and not row.kind.startswith("pyq")


async def main() -> int:
    """Print the fit by meaning and by words alone."""
    async with database.own(Settings.from_env({}), Progress()) as dsn:
        found = await samples(dsn, [row for row in refusal_set.rows("tuning") if _fits(row)])
    for names in (BY_MEANING, BY_WORDS):
        print(json.dumps(report(found, names), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
