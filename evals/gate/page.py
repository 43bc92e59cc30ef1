"""The report as one HTML page that needs nothing beside it. Questions, answers and passages are shown as plain text."""

from collections.abc import Iterator
from html import escape
from typing import Any

from evals.gate import charts
from evals.gate.golden import Item
from evals.gate.measures import TITLES
from evals.gate.output import Output
from evals.gate.run import Run
from evals.gate.scoring import ItemScores

_PASSAGE_CHARACTERS = 1_200
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#222}
h1,h2{line-height:1.2} svg{max-width:100%;height:auto;font:12px system-ui,sans-serif} .axis{fill:#666;font-size:11px}
table{border-collapse:collapse} td,th{border:1px solid #ccc;padding:.2rem .6rem;text-align:left}
.word{display:inline-block;padding:.2rem .8rem;border-radius:4px;color:#fff} .passed{background:#2e7d46}
.failed{background:#b3392f} .unmeasured{background:#8a6d1b}
pre{white-space:pre-wrap;background:#f5f5f5;padding:.6rem;margin:.3rem 0} details{margin:.3rem 0}
"""


def page(run: Run) -> str:
    """The whole page."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Prashna: evaluation gate</title>',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<style>{_STYLE}</style></head><body>",
            *_head(run),
            *_figures(run),
            *_groups(run),
            *_proof(run),
            *_worst(run),
            "</body></html>\n",
        ]
    )


def _head(run: Run) -> Iterator[str]:
    about = run.plain()
    yield f'<h1>Evaluation gate <span class="word {run.verdict.word}">{run.verdict.word}</span></h1>'
    yield (
        f"<p>{escape(run.golden.name)}, {len(run.golden.items)} items (sha256 {run.golden.sha256[:12]}), "
        f"{about['made']}, {run.seconds:.0f} s, judge {escape(run.judge)}"
        + (f", <b>damaged on purpose: {escape(run.damage)}</b>" if run.damage else "")
        + "</p>"
    )
    yield f"<p><b>The judge.</b> {escape(run.judge_statement())}</p>"
    if run.verdict.failures:
        listed = "".join(f"<li>{escape(str(failure))}</li>" for failure in run.verdict.failures)
        yield f"<h2>Why it is not passed</h2><ul>{listed}</ul>"


def _figures(run: Run) -> Iterator[str]:
    rows = []
    for name, mean in run.verdict.means.items():
        limit = run.thresholds.get(name, run.floors.get(name))
        change = run.verdict.changes.get(name)
        before = None if change is None else mean.mean - change.mean
        rows.append((_shown(run, name), mean.mean, mean.low, mean.high, limit, before))
    yield "<h2>Scores</h2><p>The line across a bar is its threshold or floor, the dot the baseline, the light line the "
    yield "interval of 95 %.</p>"
    yield charts.bars(rows, "scores against thresholds and baseline")
    yield "<table><tr><th>figure</th><th>what it is</th><th>items</th><th>unmeasured</th><th>against baseline</th></tr>"
    for name, title in TITLES.items():
        if name in run.verdict.means or name in run.verdict.unmeasured:
            yield f"<tr><td>{_shown(run, name)}</td><td>{title}</td>{_numbers(run, name)}</tr>"
    yield "</table>"


def _numbers(run: Run, name: str) -> str:
    mean, change = run.verdict.means.get(name), run.verdict.changes.get(name)
    said = "" if change is None else f"{change.mean:+.3f} ({change.low:+.3f} to {change.high:+.3f})"
    share = run.verdict.unmeasured.get(name, 0.0)
    return f"<td>{mean.items if mean else 0}</td><td>{share:.1%}</td><td>{said}</td>"


def _groups(run: Run) -> Iterator[str]:
    columns = [name for name in TITLES if name in run.verdict.means]
    for by, title in (("domain", "By domain"), ("intent", "By specialist")):
        rows = {
            f"{name} ({group['items']})": _renamed(run, group["scores"]) if group["measured"] else None
            for name, group in run.groups(by).items()
        }
        yield f"<h2>{title}</h2>{charts.grid([_shown(run, name) for name in columns], rows, title)}"


def _proof(run: Run) -> Iterator[str]:
    if not run.proved:
        return
    yield "<h2>Proof by damage</h2><p>A fifth of this run's answers, spoilt; what fell against the run as it was:</p>"
    yield "<table><tr><th>damage</th><th>answers</th><th>exit code</th><th>fell</th></tr>"
    for one in run.proved:
        fell = ", ".join(f"{name} {drop:+.3f}" for name, drop in one.drops.items()) or "nothing: the gate is blind"
        yield f"<tr><td>{one.kind}</td><td>{one.spoilt}</td><td>{one.exit_code}</td><td>{fell}</td></tr>"
    yield "</table>"


def _worst(run: Run) -> Iterator[str]:
    yield "<h2>The ten worst answers</h2>"
    for item, output, scores in run.worst():
        yield from _answer(run, item, output, scores)


def _answer(run: Run, item: Item, output: Output, scores: ItemScores) -> Iterator[str]:
    values = ", ".join(f"{_shown(run, name)} {value:.2f}" for name, value in scores.items())
    facts = "; ".join(" or ".join(wordings) for wordings in item.must_have)
    yield f"<h3>{escape(item.id)}: {escape(item.question)}</h3>"
    yield f"<p>{escape(values)}<br>expected {escape(item.intent)}, routed {escape(output.intent)}</p>"
    yield f"<p><b>Reference</b> {escape(item.reference)}<br><b>Facts</b> {escape(facts)}</p>"
    yield f"<pre>{escape(output.error or output.text)}</pre>"
    if not output.passages:
        yield f"<p>No passages were used; retrieved: {escape(', '.join(output.found) or 'nothing')}</p>"
    for passage in output.passages:
        text = passage.text[:_PASSAGE_CHARACTERS] + ("…" if len(passage.text) > _PASSAGE_CHARACTERS else "")
        yield (
            f"<details><summary>[{passage.n}] {escape(passage.title)} ({escape(passage.key)})</summary>"
            f"<pre>{escape(text)}</pre></details>"
        )


def _shown(run: Run, name: str) -> str:
    return run.faithfulness_name() if name == "faithfulness" else name


def _renamed(run: Run, scores: dict[str, Any]) -> dict[str, float]:
    return {_shown(run, name): value for name, value in scores.items()}
