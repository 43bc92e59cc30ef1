"""Intervals of means by resampling items; a difference is taken item by item, so hard items do not blur it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

RESAMPLES = 4_000
# Some twelve figures are compared at once: with 99 in 100 a run without any change raises an alarm once in twenty.
CONFIDENCE = 0.99
FEWEST_PAIRS = 20
_SEED = 20261123


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its interval; `items` is how many values it is of."""

    mean: float
    low: float
    high: float
    items: int

    def plain(self) -> dict[str, float]:
        """For JSON."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def mean(values: Sequence[float], confidence: float = 0.95) -> Mean:
    """The mean of at least one value and where it would lie for other items of the kind."""
    array = np.asarray(values, float)
    picks = np.random.default_rng(_SEED).integers(0, len(array), (RESAMPLES, len(array)))
    tail = (1 - confidence) / 2
    low, high = np.quantile(array[picks].mean(axis=1), [tail, 1 - tail])
    return Mean(float(array.mean()), float(low), float(high), len(array))


def difference(new: Mapping[str, float], old: Mapping[str, float]) -> Mean | None:
    """The mean of new minus old over the items that both have; None with fewer than 20 of these."""
    pairs = [new[name] - old[name] for name in sorted(new.keys() & old.keys())]
    return mean(pairs, CONFIDENCE) if len(pairs) >= FEWEST_PAIRS else None


def dropped(change: Mean) -> bool:
    """Whether the whole interval lies below zero."""
    return change.high < 0
