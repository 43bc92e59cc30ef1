"""How many planted errors the verifier withholds, how many true sentences, and how long it takes.

    python -m evals.verifier_report [--set report|tuning] [--json]

Rows over the Constitution are left out where ../shared is missing; the counts say how many were read.
"""

import argparse
import json
import math
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.agents.verifier import Checker
from evals import passages

SETS = Path(__file__).parent / "sets"
# A sentence is judged beside five passages, as in an answer.
BESIDE = 5
_SPREAD = 1.96


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence of a set with the ids of its sources, numbered from 1."""

    sentence: str
    sources: tuple[str, ...]
    true: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many sentences were withheld, with the 95 % Wilson interval of the share."""

    kind: str
    true: bool
    withheld: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share withheld, 0..1."""
        return self.withheld / self.of if self.of else math.nan


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds a sentence, and for the first reading of an answer's passages."""

    sentence_p50: float
    sentence_p95: float
    reading_p50: float


def rows(name: str) -> list[Row]:
    """The rows of evals/sets/sentences_`name`.jsonl."""
    lines = (SETS / f"sentences_{name}.jsonl").read_text(encoding="utf-8").splitlines()
    values = (json.loads(line) for line in lines if line.strip())
    return [Row(one["sentence"], tuple(one["sources"]), one["true"], one["kind"]) for one in values]


def measured(found: Iterable[Row]) -> list[Share]:
    """The shares withheld by kind, planted errors first; the last two lines are all planted, all true ones."""
    counts: dict[tuple[bool, str], list[int]] = defaultdict(lambda: [0, 0])
    for row, withheld in _judged(found):
        for kind in (row.kind, "all"):
            counts[row.true, kind][0] += withheld
            counts[row.true, kind][1] += 1
    ordered = sorted(counts, key=lambda key: (key[1] == "all", key[0], key[1]))
    return [_share(kind, true, *counts[true, kind]) for true, kind in ordered]


def latency(found: Sequence[Row]) -> Latency:
    """What checking costs, one sentence after another, beside the five longest passages that fit its own."""
    reading: list[float] = []
    each: list[float] = []
    known = passages.passages()
    longest = sorted(known.values(), key=lambda one: -len(one.text))[:BESIDE]
    for row in found:
        given = passages.resolve(list(row.sources))
        if given is None:
            continue
        checker = Checker([*given, *longest][: max(BESIDE, len(given))])
        began = time.perf_counter()
        checker.prepare()
        reading.append(time.perf_counter() - began)
        began = time.perf_counter()
        checker.check(row.sentence)
        each.append(time.perf_counter() - began)
    return Latency(*(round(1_000 * value, 2) for value in (*_percentiles(each), statistics.median(reading))))


def _judged(found: Iterable[Row]) -> Iterator[tuple[Row, bool]]:
    for row in found:
        given = passages.resolve(list(row.sources))
        if given is not None:
            yield row, Checker(given).check(row.sentence).text is None


def _share(kind: str, true: bool, withheld: int, of: int) -> Share:
    share, square = withheld / of, _SPREAD * _SPREAD
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _SPREAD * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return Share(kind, true, withheld, of, round(middle - half, 4), round(middle + half, 4))


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    cut = statistics.quantiles(values, n=20)
    return cut[9], cut[18]


def table(shares: Sequence[Share]) -> str:
    """The shares as a Markdown table."""
    lines = ["| sentences | kind | withheld | of | share | 95 % interval |", "|---|---|---|---|---|---|"]
    for one in shares:
        what = "true" if one.true else "planted"
        interval = f"{one.low:.1%} - {one.high:.1%}"
        lines.append(f"| {what} | {one.kind} | {one.withheld} | {one.of} | {one.share:.1%} | {interval} |")
    return re.sub(r"%", " %", "\n".join(lines))


def main() -> None:
    """Print the figures of one set."""
    parser = argparse.ArgumentParser(prog="python -m evals.verifier_report", description=__doc__)
    parser.add_argument("--set", choices=("report", "tuning"), default="report", dest="name")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = rows(options.name)
    shares, times = measured(found), latency(found[::4])
    if options.json:
        values = {"set": options.name, "shares": [asdict(one) for one in shares], "ms": asdict(times)}
        print(json.dumps(values))
        return
    print(table(shares))
    print(f"\nms a sentence: p50 {times.sentence_p50}, p95 {times.sentence_p95}; first reading of an answer's passages:"
          f" {times.reading_p50}")  # fmt: skip


if __name__ == "__main__":
    main()
