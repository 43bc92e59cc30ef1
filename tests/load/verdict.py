"""Whether a load run held its bars."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.bench.figure import Bar
from tests.load.notes import Notes


@dataclass(frozen=True, slots=True)
class Held:
    """One figure, its bar, and whether it was held; a figure of nothing holds no bar."""

    name: str
    value: float
    bar: Bar
    known: bool = True

    @property
    def held(self) -> bool:
        """Was it measured, and within its bar?"""
        return self.known and self.bar.met(self.value)


@dataclass(frozen=True)
class Verdict:
    """The report's figures (counts; p95 in seconds) and what they are held to."""

    figures: dict[str, float]
    bars: tuple[Held, ...]
    more: dict[str, Any]

    @property
    def held(self) -> bool:
        """All of them?"""
        return all(bar.held for bar in self.bars)

    def table(self) -> str:
        """For the terminal: the figures, then each bar with its word."""
        width = max(len(bar.name) for bar in self.bars)
        lines = [json.dumps(self.figures)]
        lines += [f"  {'held  ' if b.held else 'MISSED'}  {b.name:<{width}}  {b.value:.3g} {b.bar}" for b in self.bars]
        return "\n".join(lines + [f"  {count} x {error}" for error, count in self.more["errors_by_text"].items()])


def judge(users: int, notes: Notes) -> Verdict:
    """Hold a run to the bars of design section 10 and issue 4."""
    asks, answered = len(notes.all), len(notes.answered.all)
    figures = {
        "users": users,
        "asks": asks,
        "errors": len(notes.errors.all),
        "refused": len(notes.refused.all),
        "cache_hits": len(notes.hits.all),
        "p95_all": round(notes.answered.percentile("last", 95), 3),
        "p95_miss": round(notes.misses.percentile("last", 95), 3),
    }
    bars = (
        Held("p95 to the last event, s", figures["p95_all"], Bar(2.5), answered > 0),
        Held("p95 to the last event of misses, s", figures["p95_miss"], Bar(2.5), len(notes.misses.all) > 0),
        Held("errors and refusals by status (429, 503)", figures["errors"], Bar(0), asks > 0),
        Held("cache hits, share of asks", figures["cache_hits"] / max(asks, 1), Bar(0.4), asks > 0),
        Held(
            "answers cited and not refused, share",
            (answered - figures["refused"]) / max(answered, 1),
            Bar(0.95, at_least=True),
            answered > 0,
        ),
    )
    return Verdict(figures, bars, _more(notes))


def _more(notes: Notes) -> dict[str, Any]:
    errors = Counter(str(note["error"])[:160] for note in notes.errors.all)
    kinds = {
        kind: {
            "asks": len(those.all),
            **{
                f"{what}_p{q}": round(those.misses.percentile(what, q), 3)
                for what in ("first", "last")
                for q in (50, 95)
            },
        }
        for kind, those in notes.by("kind").items()
    }
    return {
        "errors_by_text": dict(errors.most_common(10)),
        "misses_by_kind": kinds,
        "tiers": {tier: len(those.all) for tier, those in notes.by("tier").items()},
        "cut_and_resumed": sum(note.get("cuts", 0) for note in notes.all),
        "restarts": sum(note.get("restarts", 0) for note in notes.all),
        "not_answered": [note["question"] for note in notes.refused.all[:20]],
    }


def write(path: Path, about: Mapping[str, Any], found: Verdict) -> None:
    """The report as JSON: the contract's seven figures, then what explains them."""
    bars = {bar.name: bar.held for bar in found.bars}
    path.write_text(json.dumps({**found.figures, "held": bars, **found.more, "about": about}, indent=1) + "\n")
