"""`python -m evals.bench.retrieval`, which `make bench-retrieval` runs: our ranking beside its parts, by corpus."""

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app import telemetry
from app.retrieval.minilm import MiniLM
from evals.bench import report
from evals.bench.retrieval import corpora, depth, neighbours, ranking
from evals.bench.retrieval.corpora import Corpus
from evals.bench.retrieval.store import searching, stored
from evals.bench.retrieval.systems import systems
from evals.bench.retrieval.vectors import KeptEmbedder
from evals.bench.server import Server, running_server

REPORT = Path("reports/retrieval.json")


def main() -> None:
    """Measure and print; the figures also go into a file."""
    wanted = _arguments()
    telemetry.configure("WARNING")
    about, began = report.machine(), time.monotonic()
    embedder = KeptEmbedder(MiniLM.load(threads=2))
    found: dict[str, Any] = {"corpora": {}}
    with running_server() as server:
        for read in corpora.available(embedder.model.offsets, tuning=wanted.tuning):
            asyncio.run(_corpus(server, read, embedder, found, set(wanted.names)))
        if not wanted.names:
            asyncio.run(_depth(server, embedder, found))
    about["seconds"] = round(time.monotonic() - began, 1)
    wanted.report.parent.mkdir(parents=True, exist_ok=True)
    wanted.report.write_text(json.dumps({"about": about, **found}, indent=1) + "\n")
    print(f"{about['seconds']:.0f} s in all; figures are in {wanted.report}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.retrieval", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="CORPUS", help="parts of the names of corpora; all by default")
    parser.add_argument("--tuning", action="store_true", help="ask the questions that we tune on, not those we report")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the figures go")
    return parser.parse_args()


async def _corpus(
    server: Server, read: Callable[[], Corpus], embedder: KeptEmbedder, found: dict[str, Any], names: set[str]
) -> None:
    corpus = read()
    if names and not any(name in corpus.name for name in names):
        return
    async with stored(server, corpus, embedder) as there, searching(there.dsn) as pool:
        result = await ranking.rank(corpus, await systems(there, pool, embedder))
        found["corpora"][corpus.name] = result.plain()
        print(result.table(), flush=True)
        if corpus.name == corpora.VASWANI:
            near = await neighbours.measure(there, pool, embedder)
            found["neighbours"] = near.plain()
            print(near.table(), flush=True)


async def _depth(server: Server, embedder: KeptEmbedder, found: dict[str, Any]) -> None:
    corpus = corpora.content(embedder.model.offsets)
    async with stored(server, corpus, embedder) as there, searching(there.dsn) as pool:
        result = await depth.measure(pool, embedder)
        found["depth"] = result.plain()
        print(result.table(), flush=True)


if __name__ == "__main__":
    main()
