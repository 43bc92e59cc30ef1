"""Every system over every question of a corpus, question by question in turn, and what their rankings are worth."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.bench.retrieval.corpora import Corpus
from evals.bench.retrieval.measures import Difference, difference, ndcg, recall
from evals.bench.retrieval.systems import OURS, System

MEASURES = ("nDCG@10", "recall@5", "recall@10")


@dataclass(slots=True)
class Run:
    """One system over one corpus: a value a question for each measure, and milliseconds."""

    values: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in MEASURES})
    ms: list[float] = field(default_factory=list)

    def note(self, ranked: Sequence[str], relevant: frozenset[str], seconds: float) -> None:
        """The ranking for one question."""
        for name, value in zip(
            MEASURES, (ndcg(ranked, relevant), recall(ranked, relevant, 5), recall(ranked, relevant, 10)), strict=True
        ):
            self.values[name].append(value)
        self.ms.append(seconds * 1_000)


@dataclass(frozen=True, slots=True)
class Ranking:
    """What one corpus says."""

    corpus: str
    texts: int
    runs: Mapping[str, Run]

    def differences(self) -> dict[str, Difference]:
        """Ours less each other system, by nDCG@10."""
        ours = self.runs[OURS].values["nDCG@10"]
        return {name: difference(ours, run.values["nDCG@10"]) for name, run in self.runs.items() if name != OURS}

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        differences = self.differences()
        return {
            "texts": self.texts,
            "questions": len(self.runs[OURS].ms),
            "systems": {
                name: {measure: round(statistics.fmean(values), 4) for measure, values in run.values.items()}
                | {"ms p50": round(statistics.median(run.ms), 1)}
                for name, run in self.runs.items()
            },
            "ours less": {
                name: {"mean": round(one.mean, 4), "low": round(one.low, 4), "high": round(one.high, 4)}
                for name, one in differences.items()
            },
        }

    def table(self) -> str:
        """For the terminal."""
        lines = [
            f"{self.corpus}: {self.texts:,} texts, {len(self.runs[OURS].ms)} questions",
            f"  {'':<22}{'nDCG@10':>9}{'recall@5':>10}{'recall@10':>11}{'ms p50':>9}   nDCG@10: ours less this",
        ]
        differences = self.differences()
        for name, run in self.runs.items():
            ndcg_10, *recalls = (statistics.fmean(run.values[measure]) for measure in MEASURES)
            numbers = f"{ndcg_10:>9.4f}{recalls[0]:>10.4f}{recalls[1]:>11.4f}{statistics.median(run.ms):>9.1f}"
            lines.append(f"  {name:<22}{numbers}   {differences.get(name, '')}".rstrip())
        return "\n".join([*lines, ""])


async def rank(corpus: Corpus, systems: Mapping[str, System]) -> Ranking:
    """Ask every system every question; the systems take turns, so that a busy moment is everybody's."""
    runs = {name: Run() for name in systems}
    for system in systems.values():
        await system(corpus.asked[0].text)  # plans and caches are warm
    for asked in corpus.asked:
        for name, system in systems.items():
            began = time.perf_counter()
            ranked = await system(asked.text)
            runs[name].note(ranked, asked.relevant, time.perf_counter() - began)
    return Ranking(corpus.name, sum(len(versions) for versions in corpus.versions.values()), runs)
