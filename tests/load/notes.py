"""What Locust's students noted: one object a question."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.bench.figure import percentile

Note = dict[str, Any]


@dataclass(frozen=True)
class Notes:
    """All questions of a run in the order in which they were asked."""

    all: tuple[Note, ...]

    @classmethod
    def read(cls, path: Path) -> "Notes":
        """The file that the students wrote; no file means that nobody asked."""
        lines = path.read_text().splitlines() if path.exists() else []
        return cls(tuple(sorted(map(json.loads, lines), key=lambda note: float(note["at"]))))

    def where(self, condition: Callable[[Note], object]) -> "Notes":
        """Those for which it holds."""
        return Notes(tuple(note for note in self.all if condition(note)))

    @property
    def errors(self) -> "Notes":
        """Refused with a status (a 429 and a 503 too), cut, out of order, or without an end."""
        return self.where(lambda note: note["error"])

    @property
    def answered(self) -> "Notes":
        """Those with an answer."""
        return self.where(lambda note: not note["error"])

    @property
    def hits(self) -> "Notes":
        """Answered from the cache, at the gate or in the worker."""
        return self.answered.where(lambda note: note["cached"])

    @property
    def misses(self) -> "Notes":
        """Answers that were written."""
        return self.answered.where(lambda note: not note["cached"])

    @property
    def refused(self) -> "Notes":
        """Answers that refuse or cite nothing."""
        return self.answered.where(lambda note: note["refused"] or not note["cited"])

    def seconds(self, name: str) -> list[float]:
        """A figure of each that has it."""
        return [float(note[name]) for note in self.all if name in note]

    def percentile(self, name: str, q: float) -> float:
        """Of a figure in seconds; nought where there is none."""
        values = self.seconds(name)
        return percentile(values, q) if values else 0.0

    def by(self, name: str) -> dict[str, "Notes"]:
        """Split by a value."""
        values: Iterable[str] = sorted({str(note[name]) for note in self.all if name in note})
        return {value: self.where(lambda note, value=value: str(note.get(name)) == value) for value in values}
