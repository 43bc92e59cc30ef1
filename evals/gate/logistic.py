"""Logistic regression by Newton's method, and how well its scores agree with labels. Small sets, no dependencies."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_STEPS = 50


def fit(features: Array, labels: Array, *, ridge: float = 1.0) -> Array:
    """Weights for standardised `features` (n, d) and the constant last; classes count alike, whatever their sizes."""
    padded = np.column_stack([features, np.ones(len(features))])
    sizes = np.where(labels > 0.5, labels.sum(), (1 - labels).sum())
    importance = len(labels) / (2 * sizes)
    penalty = np.diag([ridge] * features.shape[1] + [0.0])
    weights = np.zeros(padded.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(padded @ weights, -30, 30)))
        gradient = padded.T @ (importance * (chance - labels)) + penalty @ weights
        curvature = padded.T @ (padded * (importance * chance * (1 - chance))[:, None]) + penalty
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(weights)), gradient)
        weights -= step
        if np.abs(step).max() < 1e-9:
            break
    return weights


def folds(labels: Array, count: int, seed: int) -> Iterator[tuple[Array, Array]]:
    """Row numbers to train on and to test on, each fold with the same share of both labels."""
    random = np.random.default_rng(seed)
    place = np.empty(len(labels), int)
    for label in (0, 1):
        rows = np.flatnonzero(labels == label)
        place[random.permutation(rows)] = np.arange(len(rows)) % count
    for fold in range(count):
        yield np.flatnonzero(place != fold), np.flatnonzero(place == fold)


def auc(scores: Array, labels: Array) -> float:
    """Area under the ROC curve: the chance that a true row scores above a false one; ties count half."""
    true, false = scores[labels > 0.5], scores[labels < 0.5]
    above = (true[:, None] > false).mean() + 0.5 * (true[:, None] == false).mean()
    return float(above)


def balanced_accuracy(said: Array, labels: Array) -> float:
    """The mean of the shares of true and of false rows that were called right."""
    return float(((said[labels > 0.5] > 0.5).mean() + (said[labels < 0.5] < 0.5).mean()) / 2)
