"""The scores that were last accepted, item by item, so that a change is judged on the same questions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evals.gate.errors import NotRun
from evals.gate.golden import Item
from evals.gate.measures import JUDGED
from evals.gate.scoring import ItemScores, figure

BASELINE = Path(__file__).resolve().parents[1] / "baseline.json"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Scores by item id, of items that have not changed since."""

    judge: str
    made: str
    scores: Mapping[str, ItemScores]

    def of(self, name: str, judge: str) -> Mapping[str, float]:
        """One figure by item; nothing for a judged figure of another judge, whose scale is another."""
        return {} if name in JUDGED and judge != self.judge else figure(self.scores, name)


def read(path: Path, items: Sequence[Item]) -> Baseline | None:
    """The baseline for these items; None where there is no file.

    Raises:
        NotRun: the file is not a baseline.
    """
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_text())
        known = {item.id: item.fingerprint for item in items}
        scores = {
            name: dict(one["scores"]) for name, one in stored["items"].items() if known.get(name) == one["fingerprint"]
        }
        return Baseline(stored["judge"], stored["made"], scores)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise NotRun(f"{str(path)!r} is not a baseline; --write-baseline makes one") from None


def write(path: Path, items: Sequence[Item], scores: Mapping[str, ItemScores], judge: str) -> None:
    """Accept these scores as the ones to hold, one item a line, so that a change of it can be read."""
    rows = [
        f"  {json.dumps(item.id)}: " + json.dumps({"fingerprint": item.fingerprint, "scores": _plain(scores[item.id])})
        for item in sorted(items, key=lambda one: one.id)
    ]
    head = f' "version": 1,\n "judge": {json.dumps(judge)},\n "made": "{datetime.now(UTC):%Y-%m-%d}",\n'
    path.write_text("{\n" + head + ' "items": {\n' + ",\n".join(rows) + "\n }\n}\n")


def _plain(scores: ItemScores) -> dict[str, float]:
    return {name: round(value, 4) for name, value in scores.items() if value == value}
