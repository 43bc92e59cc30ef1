"""How well questions are routed: `python -m evals.routing_report [--model] [--json FILE] [--file SET]`.

Accuracy by intent and by kind, confusion, domains, filters and milliseconds, for the embedded router; with `--model`
for the configured model as well, which falls back to the embedded router as it does in a chat turn. Then the follow-ups
that the rules detect and rewrite, on the two sets of dialogues.
"""

import argparse
import asyncio
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.agents.embedded_router import EmbeddedRouter
from app.agents.instructor_router import InstructorRouter
from app.agents.route_model import FACT_DOMAINS, INTENTS
from app.agents.supervisor import Domains, Route, Router
from app.agents.topics import Openings, openings
from app.retrieval.calls import CallLog
from app.retrieval.embedder import EmbeddedEmbedder
from app.retrieval.minilm import MiniLM
from app.retrieval.openai_provider import OpenAIProvider
from app.settings import Settings
from evals import dialogues
from evals.passages import passages

SET = Path(__file__).parent / "sets" / "routes_report.jsonl"
DOMAINS: Domains = {
    "factual": FACT_DOMAINS,
    "pyq": ("pyq_prelims", "pyq_mains"),
    "essay": ("essay_structure", "essay_content"),
    "current_affairs": ("current_affairs",),
}


@dataclass(frozen=True, slots=True)
class Report:
    """Shares are of 1; `domains` counts rows whose labelled domains are all searched, `filters` rows of past papers."""

    router: str
    questions: int
    accuracy: float
    by_intent: dict[str, float]
    by_kind: dict[str, float]
    confusion: dict[str, dict[str, int]]
    domains: float
    filters: float
    p50_ms: float
    p95_ms: float
    fell_back: int


def starter_openings(model: MiniLM) -> Openings:
    """What a worker with content/ and, where it is there, the Constitution live has read at its start."""
    first = {key: one for key, one in passages().items() if key.endswith("#0")}
    vectors = model.embed_now([f"{one.header}\n{one.text}" for one in first.values()]).tolist()
    held = list(zip((one.domain for one in first.values()), vectors, strict=True))
    return openings(
        [vector for domain, vector in held if domain in DOMAINS["current_affairs"]],
        [vector for domain, vector in held if domain in DOMAINS["factual"]],
    )


def rows(path: Path = SET) -> list[dict[str, Any]]:
    """The labelled questions of a set."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


async def measure(name: str, router: Router, labelled: Sequence[dict[str, Any]]) -> Report:
    """Routes each question alone, one after the other."""
    routes, milliseconds, fell_back = [], [], 0
    for row in labelled:
        log = CallLog()
        began = time.perf_counter()
        routes.append(await router.route(row["query"], (), log))
        milliseconds.append((time.perf_counter() - began) * 1000)
        fell_back += any(call.node == "route" and call.outcome != "ok" for call in log.calls)
    return _report(name, labelled, routes, milliseconds, fell_back)


def _report(
    name: str, labelled: Sequence[dict[str, Any]], routes: Sequence[Route], milliseconds: list[float], fell_back: int
) -> Report:
    right = [route.intent == row["intent"] for row, route in zip(labelled, routes, strict=True)]
    confusion: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row, route in zip(labelled, routes, strict=True):
        confusion[row["intent"]][route.intent] += 1
    pairs = list(zip(labelled, routes, strict=True))
    return Report(
        router=name,
        questions=len(labelled),
        accuracy=_share(right),
        by_intent=_by(labelled, "intent", right),
        by_kind=_by(labelled, "kind", right),
        confusion={intent: dict(found) for intent, found in sorted(confusion.items())},
        domains=_share([_domains_right(row, route) for row, route in pairs if row["domains"]]),
        filters=_share([_filters_right(row, route) for row, route in pairs if row.get("filters")]),
        p50_ms=round(float(np.percentile(milliseconds, 50)), 1),
        p95_ms=round(float(np.percentile(milliseconds, 95)), 1),
        fell_back=fell_back,
    )


def _domains_right(row: dict[str, Any], route: Route) -> bool:
    """Whether the search looks everywhere that the label names."""
    searched = set(route.domains or DOMAINS[route.intent])
    return set(row["domains"]) <= searched


def _filters_right(row: dict[str, Any], route: Route) -> bool:
    """Years, papers and count as labelled. A topic may be cut otherwise: its words must be there."""
    wanted = row["filters"]
    found = route.filters
    exact = (
        set(found.years) == set(wanted.get("years") or ())
        and set(found.papers) == set(wanted.get("papers") or ())
        and found.count == wanted.get("count")
    )
    topic = (wanted.get("topic") or "").casefold().split()
    return exact and (not topic or any(word in (found.topic or "").casefold() for word in topic))


def _by(labelled: Sequence[dict[str, Any]], field: str, right: Sequence[bool]) -> dict[str, float]:
    groups: defaultdict[str, list[bool]] = defaultdict(list)
    for row, one in zip(labelled, right, strict=True):
        groups[row[field]].append(one)
    return {name: _share(ones) for name, ones in sorted(groups.items())}


def _share(ones: Sequence[bool]) -> float:
    return round(sum(ones) / len(ones), 4) if ones else 1.0


def _table(report: Report) -> str:
    lines = [
        f"router {report.router}: {report.questions} questions, accuracy {report.accuracy:.1%}, domains "
        f"{report.domains:.1%}, filters {report.filters:.1%}, p50 {report.p50_ms} ms, p95 {report.p95_ms} ms, "
        f"fell back {report.fell_back}"
    ]
    lines += [f"  {name:<26}{share:>7.1%}" for name, share in (report.by_intent | report.by_kind).items()]
    lines.append(f"  {'asked / routed':<18}" + "".join(f"{intent:>17}" for intent in INTENTS))
    for asked in INTENTS:
        found = report.confusion.get(asked, {})
        lines.append(f"  {asked:<18}" + "".join(f"{found.get(intent, 0):>17}" for intent in INTENTS))
    return "\n".join(lines)


async def run(path: Path, *, model: bool) -> list[Report]:
    """The reports: the embedded router's, and the configured model's where asked for and there is one."""
    loaded = MiniLM.load(threads=2)
    embedder, held = EmbeddedEmbedder(loaded), starter_openings(loaded)

    async def current() -> Openings:
        return held

    try:
        embedded = await EmbeddedRouter.build(embedder, DOMAINS, current)
        labelled = rows(path)
        reports = [await measure("embedded", embedded, labelled)]
        settings = Settings.from_env(os.environ)
        if model and (key := settings.models.api_key):
            async with OpenAIProvider(key.get_secret_value(), settings.models.base_url) as provider:
                asked = InstructorRouter(provider, settings.models.router, DOMAINS, otherwise=embedded)
                reports.append(await measure(settings.models.router, asked, labelled))
        return reports
    finally:
        embedder.close()


def main() -> None:
    """Measure and print; `--json` writes the reports too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="store_true", help="the configured model too (OPENAI_API_KEY)")
    parser.add_argument("--json", type=Path, help="write the reports here")
    parser.add_argument("--file", type=Path, default=SET, help="a set of labelled questions")
    given = parser.parse_args()
    if given.model and not Settings.from_env(os.environ).models.api_key:
        parser.error("--model needs OPENAI_API_KEY")
    reports = asyncio.run(run(given.file, model=given.model))
    follow_ups = [dialogues.measure(path) for path in dialogues.SETS]
    if given.json:
        whole = {"routers": [asdict(report) for report in reports], "dialogues": [asdict(one) for one in follow_ups]}
        given.json.write_text(json.dumps(whole, indent=2) + "\n", "utf-8")
    print("\n\n".join((*map(_table, reports), dialogues.table(follow_ups))))


if __name__ == "__main__":
    main()
