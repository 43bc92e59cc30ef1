"""`python -m evals.bench.chart [REPORT [FOLDER]]`: the charts of docs/benchmarks.md, from a report of a run."""

import json
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.bench.peers import dispatch, fan_out, look_up
from evals.bench.report import REPORT

FOLDER = Path("docs")
_COLOURS = ("#1b5e8a", "#7fb2d3", "#c9803a", "#8a5a8f")
_MOST_STEPS = 50


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars of figures of one section: `groups` has each series' figure by series, by group."""

    section: str
    title: str
    unit: str
    groups: Mapping[str, Mapping[str, str]]


def _groups(labels: Mapping[str, str], series: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """`labels` are patterns of figure names by group, in which `{}` is what `series` has."""
    return {label: {name: pattern.format(of) for name, of in series.items()} for label, pattern in labels.items()}


def _same(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}


_TICK = {"ours": "ours (tick)", "baseline: a statement a token": "per token"}
_CELERY = _same(("ours", "ours, job alone", dispatch.DURABLE, dispatch.FAST))
_REDIS = _same((fan_out.OURS, *fan_out.REDIS))
_CACHES = _same((look_up.OURS, look_up.THEIRS, look_up.QUIET))
_KINDS = {"hit": "{}: hit p50", "miss": "{}: miss p50"}
_SSE = {"ours": "ours", "sse-starlette": "sse-starlette"}


def _streams(figure: str) -> dict[str, str]:
    return {f"{streams} streams": f"{streams} streams, {{}}: {figure}" for streams in (100, 1000)}


CHARTS = {
    "benchmarks.svg": (
        Panel(
            "gate",
            "gate: a question's database work, p50",
            "ms",
            {
                "hit": {"ours": "gate, hit p50", "the same through the ORM": "ORM, hit p50"},
                "miss": {"ours": "gate + enqueue, miss p50", "the same through the ORM": "ORM, miss p50"},
            },
        ),
    ),
    "bench-stream.svg": (
        Panel("stream", "latency of a token, p95", "ms", _groups(_streams("latency p95"), _TICK)),
        Panel("stream", "database CPU", "cores", _groups(_streams("database CPU"), _TICK)),
    ),
    "bench-sse.svg": (
        Panel("sse", "memory a connection", "kB", _groups({"": "5000 connections, {}: memory a connection"}, _SSE)),
        Panel("sse", "CPU a delivered event", "us", _groups({"": "5000 connections, {}: CPU a delivered event"}, _SSE)),
    ),
    "bench-enqueue.svg": (
        Panel(
            "enqueue",
            "32 callers, durable",
            "questions/s",
            _groups({"": "{}: questions/s"}, _same(("one statement for all who wait", "a transaction each"))),
        ),
    ),
    "bench-celery.svg": (
        Panel(
            "celery",
            "one job",
            "ms",
            _groups({"call p50": "{}: dispatch call p50", "to pick-up p95": "{}: dispatch to pick-up p95"}, _CELERY),
        ),
        Panel("celery", "server CPU a job", "ms", _groups({"": "{}: server CPU a job"}, _CELERY)),
    ),
    "bench-redis.svg": (
        Panel("redis", "latency of a token, p50", "ms", _groups(_streams("latency p50"), _REDIS)),
        Panel("redis", "latency of a token, p95", "ms", _groups(_streams("latency p95"), _REDIS)),
        Panel("redis", "server CPU", "cores", _groups(_streams("server CPU"), _REDIS)),
    ),
    "bench-gptcache.svg": (
        Panel("gptcache", "10,000 entries, p50", "ms", _groups(_KINDS, _CACHES)),
        Panel(
            "gptcache",
            "100,000 entries, p50",
            "ms",
            _groups(
                {
                    "hit": "{}, 100,000 entries: hit in other words p50",
                    "miss": "{}, 100,000 entries: miss p50",
                    "exact scan": "{}, 100,000 entries: exact scan of the vectors p50",
                },
                {"ours": "ours"},
            ),
        ),
    ),
}  # fmt: skip


def main() -> None:
    """Draw each chart whose figures the report has; ranges are the lowest and highest rounds."""
    source, folder = (Path(given) for given in (*sys.argv[1:], *(str(REPORT), str(FOLDER))[len(sys.argv) - 1 :]))
    report = json.loads(source.read_text())
    for name, panels in CHARTS.items():
        if all(report["figures"].get(panel.section) for panel in panels):
            draw(report, panels, folder / name)
            print(folder / name)


def draw(report: Mapping[str, Any], panels: Sequence[Panel], target: Path) -> None:
    """Ours beside the baselines of the same run, one panel a question."""
    from matplotlib import pyplot as plt

    # Text stays text, and two drawings of one report are the same file.
    plt.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "prashna", "font.size": 8}
    figure, places = plt.subplots(1, len(panels), figsize=(1.5 + 3 * len(panels), 2.8), layout="constrained")
    places = [places] if len(panels) == 1 else places
    for place, panel in zip(places, panels, strict=True):
        values = {one["name"]: one["values"] for one in report["figures"][panel.section]}
        _bars(place, panel, values)
        place.set_title(panel.title)
        place.set_ylabel(panel.unit)
        place.set_xticks(range(len(panel.groups)), list(panel.groups))
        place.spines[["top", "right"]].set_visible(False)
    figure.legend(*places[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)


def _bars(place: Any, panel: Panel, values: Mapping[str, list[float]]) -> None:
    series = list(next(iter(panel.groups.values())))
    width = 0.8 / len(series)
    drawn = []
    for number, name in enumerate(series):
        rounds = [sorted(values[figures[name]]) for figures in panel.groups.values()]
        middle = [statistics.median(one) for one in rounds]
        below = [median - one[0] for median, one in zip(middle, rounds, strict=True)]
        above = [one[-1] - median for median, one in zip(middle, rounds, strict=True)]
        around = [group + (number - (len(series) - 1) / 2) * width for group in range(len(rounds))]
        colour = _COLOURS[number if len(series) > 2 else 2 * number]
        place.bar(around, middle, 0.95 * width, yerr=[below, above], color=colour, label=name, error_kw={"lw": 0.8})
        drawn += middle
    if max(drawn) > _MOST_STEPS * min(drawn) > 0:
        # From one to thousands: on a plain scale the smaller bars would not be seen.
        place.set_yscale("log")


if __name__ == "__main__":
    main()
