"""`python -m evals.bench.chart [REPORT [SVG]]`: the chart of docs/benchmarks.md, from a report of a run."""

import json
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evals.bench.report import REPORT

CHART = Path("docs/benchmarks.svg")
_OURS, _THEIRS = "#1b5e8a", "#c9803a"
_PAIRS = {
    "gate: a question's database work, p50": (
        "ms",
        {"hit": ("gate, hit p50", "ORM, hit p50"), "miss": ("gate + enqueue, miss p50", "ORM, miss p50")},
    ),
    "stream: latency of a token, p95": (
        "ms",
        {
            f"{streams} streams": (
                f"{streams} streams, ours (tick): latency p95",
                f"{streams} streams, per token: latency p95",
            )
            for streams in (200, 1000)
        },
    ),
    "stream: database CPU": (
        "cores",
        {
            f"{streams} streams": (
                f"{streams} streams, ours (tick): database CPU",
                f"{streams} streams, per token: database CPU",
            )
            for streams in (200, 1000)
        },
    ),
}


def main() -> None:
    """Draw the figures of the report; ranges are the lowest and highest rounds."""
    source, target = (Path(given) for given in (*sys.argv[1:], *(str(REPORT), str(CHART))[len(sys.argv) - 1 :]))
    draw(json.loads(source.read_text()), target)


def draw(report: dict[str, Any], target: Path) -> None:
    """Ours beside the baseline of the same run, one panel a question."""
    from matplotlib import pyplot as plt

    # Text stays text, and two drawings of one report are the same file.
    plt.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "prashna", "font.size": 8}
    values = {figure["name"]: figure["values"] for section in report["figures"].values() for figure in section}
    figure, panels = plt.subplots(1, len(_PAIRS), figsize=(9, 2.6), layout="constrained")
    for panel, (title, (unit, pairs)) in zip(panels, _PAIRS.items(), strict=True):
        _bars(panel, pairs, values)
        panel.set_title(title)
        panel.set_ylabel(unit)
        panel.set_xticks(range(len(pairs)), list(pairs))
        panel.spines[["top", "right"]].set_visible(False)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    figure.savefig(target, metadata={"Date": None})


def _bars(panel: Any, pairs: Mapping[str, tuple[str, str]], values: Mapping[str, list[float]]) -> None:
    for side, colour, label in ((0, _OURS, "ours"), (1, _THEIRS, "baseline")):
        rounds = [sorted(values[names[side]]) for names in pairs.values()]
        middle = [statistics.median(one) for one in rounds]
        below = [median - one[0] for median, one in zip(middle, rounds, strict=True)]
        above = [one[-1] - median for median, one in zip(middle, rounds, strict=True)]
        places = [place + (side - 0.5) * 0.38 for place in range(len(pairs))]
        panel.bar(places, middle, 0.36, yerr=[below, above], color=colour, label=label, error_kw={"lw": 0.8})
        if max(middle) > 100:
            # From one to thousands: on a plain scale the smaller bars would not be seen.
            panel.set_yscale("log")


if __name__ == "__main__":
    main()
