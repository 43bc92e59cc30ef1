"""`python -m evals.bench.retrieval.chart [REPORT [SVG]]`: the chart of docs/retrieval.svg, from a report of a run."""

import json
import sys
from pathlib import Path
from typing import Any

REPORT = Path("reports/retrieval.json")
CHART = Path("docs/retrieval.svg")
_COLOURS = {
    "BM25": "#b9b9b9",
    "BM25, whole passages": "#8d8d8d",
    "dense": "#d9b48a",
    "RRF": "#c9803a",
    "ours": "#1b5e8a",
}


def main() -> None:
    """Draw the rankings of the report."""
    source, target = (Path(given) for given in (*sys.argv[1:], *(str(REPORT), str(CHART))[len(sys.argv) - 1 :]))
    draw(json.loads(source.read_text()), target)


def draw(report: dict[str, Any], target: Path) -> None:
    """nDCG@10 of every system, one group of bars a corpus; whiskers are the interval of ours less the system's."""
    from matplotlib import pyplot as plt

    # Text stays text, and two drawings of one report are the same file.
    plt.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "prashna", "font.size": 8}
    corpora = report["corpora"]
    figure, panel = plt.subplots(figsize=(9, 2.8), layout="constrained")
    for place, (name, colour) in enumerate(_COLOURS.items()):
        heights = [corpus["systems"][name]["nDCG@10"] for corpus in corpora.values()]
        around = [group + (place - 2) * 0.17 for group in range(len(corpora))]
        panel.bar(around, heights, 0.16, color=colour, label=name, yerr=_whiskers(corpora, name), error_kw={"lw": 0.8})
    panel.set_ylabel("nDCG@10")
    panel.set_ylim(0, 1.05)
    panel.set_xticks(range(len(corpora)), [f"{name}\n({one['questions']} questions)" for name, one in corpora.items()])
    panel.spines[["top", "right"]].set_visible(False)
    figure.legend(*panel.get_legend_handles_labels(), loc="outside lower center", ncols=len(_COLOURS), frameon=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Date": None})


def _whiskers(corpora: dict[str, Any], name: str) -> list[list[float]] | None:
    """How far the paired interval reaches around a baseline's mean; ours, which is compared with, has none."""
    given = [corpus["ours less"].get(name) for corpus in corpora.values()]
    if not all(given):
        return None
    return [[one["high"] - one["mean"] for one in given], [one["mean"] - one["low"] for one in given]]


if __name__ == "__main__":
    main()
