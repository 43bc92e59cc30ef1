"""The run as one HTML page that needs nothing beside it."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from evals.bench.figure import percentile
from tests.load.notes import Notes
from tests.load.verdict import Verdict
from tests.load.watch import Sample

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#222}
svg{max-width:100%;height:auto} table{border-collapse:collapse} td,th{border:1px solid #ccc;padding:.2rem .6rem}
.held{background:#2e7d46} .missed{background:#b3392f} .word{color:#fff;padding:.2rem .8rem;border-radius:4px}
td.number{text-align:right} code{font-size:12px}
"""
# One point of a latency curve is made of the questions of so many seconds.
BIN_SECONDS = 5
COLOURS = {"factual": "#1b5e8a", "pyq": "#c9803a", "essay": "#5a8a3a"}
Draw = Callable[[Axes], None]


def write(
    path: Path,
    about: Mapping[str, Any],
    found: Verdict,
    notes: Notes,
    samples: Sequence[Sample],
    statements: Sequence[Mapping[str, Any]],
) -> None:
    """Draw and write the page; a run in which nobody asked has its verdict alone."""
    parts = [*_head(about, found)]
    if notes.all and samples:
        began = samples[0].at
        parts += [_chart(title, draw) for title, draw in _charts(notes, samples, began)]
    parts += [*_kinds(found), *_dearest(statements)]
    path.write_text("\n".join([*parts, "</body></html>\n"]))


def _head(about: Mapping[str, Any], found: Verdict) -> Iterator[str]:
    word = "held" if found.held else "missed"
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Prashna: load</title>'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f'<style>{_STYLE}</style></head><body><h1>Load <span class="word {word}">{word}</span></h1><p>'
    yield escape(", ".join(f"{name} {value}" for name, value in about.items()))
    yield "</p><table><tr><th>figure</th><th>value</th></tr>"
    yield from (f'<tr><td>{name}</td><td class="number">{value}</td></tr>' for name, value in found.figures.items())
    yield "</table><h2>Bars</h2><table>"
    for bar in found.bars:
        word = "held" if bar.held else "missed"
        yield f'<tr><td>{escape(bar.name)}</td><td class="number">{bar.value:.3g}</td><td>{escape(str(bar.bar))}</td>'
        yield f'<td><span class="word {word}">{word}</span></td></tr>'
    yield "</table>"
    yield from (f"<p>{count} x {escape(error)}</p>" for error, count in found.more["errors_by_text"].items())


def _charts(notes: Notes, samples: Sequence[Sample], began: float) -> Iterator[tuple[str, Draw]]:
    yield "First words, by kind (misses; line p50, dashes p95), s", lambda axes: _latency(axes, notes, "first", began)
    yield "Last event, by kind (misses; line p50, dashes p95), s", lambda axes: _latency(axes, notes, "last", began)
    yield "Last event: share of questions by then", lambda axes: _shares(axes, notes)
    yield "Questions a second, and cache hits, %", lambda axes: _hits(axes, notes, began)
    yield (
        "Queue: tasks waiting and being answered",
        lambda axes: _lines(
            axes, samples, began, {"waiting": lambda s: s.queued, "being answered": lambda s: s.running}
        ),
    )
    yield "Processor, cores in use", lambda axes: _lines(axes, samples, began, _by_role(samples, "cores"))
    yield "Memory of their own, MB", lambda axes: _lines(axes, samples, began, _by_role(samples, "memory"))
    yield (
        "Database: statements a second",
        lambda axes: _lines(axes, samples, began, {"statements": lambda s: s.statements}),
    )
    yield (
        "Database: seconds of work in a second",
        lambda axes: _lines(axes, samples, began, {"executing": lambda s: s.database_seconds}),
    )


def _by_role(samples: Sequence[Sample], figure: str) -> dict[str, Callable[[Sample], float]]:
    def of(role: str) -> Callable[[Sample], float]:
        return lambda sample: float(getattr(sample, figure).get(role, 0.0))

    return {role: of(role) for role in getattr(samples[0], figure)}


def _latency(axes: Axes, notes: Notes, name: str, began: float) -> None:
    for kind, those in notes.misses.by("kind").items():
        places, middle, high = [], [], []
        for place, values in _bins(those, name, began):
            places.append(place)
            middle.append(percentile(values, 50))
            high.append(percentile(values, 95))
        axes.plot(places, middle, color=COLOURS[kind], label=kind)
        axes.plot(places, high, color=COLOURS[kind], linestyle="--")
    axes.axhline(2.5, color="#b3392f", linewidth=0.8)
    axes.set_ylim(bottom=0)


def _bins(notes: Notes, name: str, began: float) -> Iterator[tuple[float, list[float]]]:
    bins: dict[int, list[float]] = {}
    for note in notes.all:
        if name in note:
            bins.setdefault(int((note["at"] - began) // BIN_SECONDS), []).append(note[name])
    for place, values in sorted(bins.items()):
        yield place * BIN_SECONDS, values


def _shares(axes: Axes, notes: Notes) -> None:
    for label, those in (("all", notes.answered), ("misses", notes.misses)):
        values = sorted(those.seconds("last"))
        axes.plot(values, [(place + 1) / len(values) for place in range(len(values))], label=label)
    axes.axvline(2.5, color="#b3392f", linewidth=0.8)
    axes.axhline(0.95, color="#999", linewidth=0.8)


def _hits(axes: Axes, notes: Notes, began: float) -> None:
    asked = dict(_bins(notes, "at", began))
    hits = dict(_bins(notes.hits, "at", began))
    axes.plot(list(asked), [len(values) / BIN_SECONDS for values in asked.values()], label="questions a second")
    axes.plot(list(asked), [100 * len(hits.get(at, ())) / len(asked[at]) for at in asked], label="cache hits, %")
    axes.axhline(40, color="#b3392f", linewidth=0.8)
    axes.set_ylim(bottom=0)


def _lines(
    axes: Axes, samples: Sequence[Sample], began: float, series: Mapping[str, Callable[[Sample], float]]
) -> None:
    for label, of in series.items():
        axes.plot([sample.at - began for sample in samples], [of(sample) for sample in samples], label=label)
    axes.set_ylim(bottom=0)


def _chart(title: str, draw: Draw) -> str:
    plt.rcParams |= {"svg.fonttype": "none", "font.size": 9}
    figure, axes = plt.subplots(figsize=(9, 2.8), layout="constrained")
    draw(axes)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg")
    plt.close(figure)
    # Without the XML declaration and the document type, which stand at the head of a file of its own.
    return f"<h2>{escape(title)}</h2>{drawn.getvalue()[drawn.getvalue().index('<svg') :]}"


def _kinds(found: Verdict) -> Iterator[str]:
    yield "<h2>Misses by kind</h2><table><tr><th>kind</th><th>asks</th><th>first p50</th><th>p95</th><th>last p50</th>"
    yield "<th>p95</th></tr>"
    for kind, figures in found.more["misses_by_kind"].items():
        yield f"<tr><td>{kind}</td>{''.join(f'<td class=number>{value}</td>' for value in figures.values())}</tr>"
    yield "</table>"


def _dearest(statements: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "<h2>Statements that took the database most time</h2>"
    yield "<table><tr><th>s</th><th>calls</th><th>mean, ms</th><th>statement</th></tr>"
    for row in statements:
        yield f'<tr><td class="number">{row["seconds"]:.2f}</td><td class="number">{row["calls"]}</td>'
        yield f'<td class="number">{row["mean_ms"]:.2f}</td><td><code>{escape(row["query"])}</code></td></tr>'
    yield "</table>"
