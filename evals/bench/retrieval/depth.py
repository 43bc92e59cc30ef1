"""How many passages to write from: what three, five and eight of them hold, and what they cost."""

import json
import statistics
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.db import search
from app.db.engine import Pool
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedders
from app.retrieval.fact_keys import fact_keys
from app.retrieval.retriever import Retriever
from evals.bench.child import ROOT
from evals.bench.retrieval.measures import Difference, difference
from evals.bench.retrieval.vectors import KeptEmbedder

GOLDEN = ROOT / "evals" / "golden_set.json"
DEPTHS = (3, 5, 8)


@dataclass(frozen=True, slots=True)
class Depth:
    """For each depth and item the share of must-have facts in the passages, and their tokens."""

    facts: dict[int, list[float]]
    tokens: dict[int, list[int]]

    @property
    def gains(self) -> Difference:
        """What eight passages add to five."""
        return difference(self.facts[8], self.facts[5])

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        gains = self.gains
        found: dict[str, Any] = {
            f"{k} passages": {
                "facts found": round(statistics.fmean(self.facts[k]), 4),
                "prompt tokens": round(statistics.fmean(self.tokens[k])),
            }
            for k in DEPTHS
        }
        found["8 less 5"] = {"mean": round(gains.mean, 4), "low": round(gains.low, 4), "high": round(gains.high, 4)}
        return found | {"items": len(self.facts[5])}

    def table(self) -> str:
        """For the terminal."""
        lines = [f"passages in the prompt: {len(self.facts[5])} answerable golden items, over their intent's domains"]
        lines += [
            f"  {k} passages: {statistics.fmean(self.facts[k]):.4f} of the must-have facts found,"
            f" {statistics.fmean(self.tokens[k]):,.0f} tokens"
            for k in DEPTHS
        ]
        verdict = "a significant gain" if self.gains.low > 0 else "no significant gain: five stay"
        return "\n".join([*lines, f"  8 less 5: {self.gains}, {verdict}", ""])


async def measure(pool: Pool, embedder: KeptEmbedder) -> Depth:
    """Over the items of the golden set that have an answer and facts that it must have."""
    retriever = Retriever(pool, Embedders([embedder]))
    snapshot = await retriever.snapshot()
    domains = await search.domains_by_intent(pool)
    result = Depth({k: [] for k in DEPTHS}, {k: [] for k in DEPTHS})
    for item in json.loads(GOLDEN.read_text())["items"]:
        if not item["answerable"] or not item["must_have"]:
            continue
        question = item["question"]
        found = await retriever.rank(
            question, snapshot=snapshot, domains=domains[item["intent"]], keys=fact_keys(question), log=CallLog()
        )
        texts = [f"{one.parent.header}\n{one.parent.text}" for one in found.fused[: max(DEPTHS)]]
        for k in DEPTHS:
            result.facts[k].append(_share("\n".join(texts[:k]), item["must_have"]))
            result.tokens[k].append(sum(embedder.model.count(text) for text in texts[:k]))
    return result


def _share(text: str, facts: Sequence[Sequence[str]]) -> float:
    said = _plain(text)
    return statistics.fmean(any(_plain(alternative) in said for alternative in fact) for fact in facts)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
