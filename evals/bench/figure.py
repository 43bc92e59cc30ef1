"""One measured figure: a value from each round, and the bar it is held to."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure is held to: at most, or with `at_least` at least, `limit`."""

    limit: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        """Does this value hold the bar?"""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        """As the table shows it."""
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure by name; `values` has one number a round, in `unit`."""

    name: str
    unit: str
    values: tuple[float, ...]
    bar: Bar | None = None

    @property
    def median(self) -> float:
        """The figure itself; the spread of the rounds is its noise."""
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """`met` or `MISSED`, empty without a bar."""
        if self.bar is None:
            return ""
        return "met" if self.bar.met(self.median) else "MISSED"


class Sheet:
    """The figures of one benchmark as they come in, round by round, in the order in which they were first named."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}
        self._units: dict[str, tuple[str, Bar | None]] = {}

    def add(self, name: str, value: float, unit: str, bar: Bar | None = None) -> None:
        """One value of one figure."""
        self._values.setdefault(name, []).append(value)
        self._units[name] = (unit, bar)

    def latencies(
        self, name: str, seconds: Sequence[float], *quantiles: int, bars: dict[int, Bar] | None = None
    ) -> None:
        """A round's latencies as `name p50`, `name p95` (or the given percentiles) in milliseconds."""
        for q in quantiles or (50, 95):
            self.add(f"{name} p{q}", percentile(seconds, q) * 1_000, "ms", (bars or {}).get(q))

    @property
    def figures(self) -> list[Figure]:
        """All of them."""
        return [
            Figure(name, self._units[name][0], tuple(values), self._units[name][1])
            for name, values in self._values.items()
        ]


def percentile(values: Sequence[float], q: float) -> float:
    """The q-th percentile, between the two nearest values; needs at least one."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * q / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
