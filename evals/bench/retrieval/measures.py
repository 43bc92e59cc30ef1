"""How good a ranking is, and whether one system is better than another or only luckier."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000
_SEED = 20261123


def ndcg(ranked: Sequence[str], relevant: frozenset[str], depth: int = 10) -> float:
    """Normalised discounted cumulative gain over the first `depth` units; each unit is relevant or not."""
    gain = sum(1 / math.log2(place + 2) for place, unit in enumerate(ranked[:depth]) if unit in relevant)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(depth, len(relevant))))


def recall(ranked: Sequence[str], relevant: frozenset[str], depth: int) -> float:
    """The share of the relevant units that are among the first `depth`."""
    return len(relevant & set(ranked[:depth])) / len(relevant)


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of paired differences and its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float

    @property
    def significant(self) -> bool:
        """Does the interval leave nought out?"""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        """As the table shows it."""
        return f"{self.mean:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"


def difference(ours: Sequence[float], theirs: Sequence[float]) -> Difference:
    """Ours less theirs over the same questions, resampled in pairs."""
    paired = np.subtract(ours, theirs)
    rows = np.random.default_rng(_SEED).integers(0, len(paired), (RESAMPLES, len(paired)))
    low, high = np.percentile(paired[rows].mean(axis=1), [2.5, 97.5])
    return Difference(float(paired.mean()), float(low), float(high))
