"""`python -m evals.bench.content.desk_child DSN WHAT DOMAIN PATH`: one command of the content desk, measured by itself.

A process of its own, so that its peak of memory is that of one command. Says its figures in a line of JSON.
"""

import json
import os
import resource
import sys
import time

import uvloop

from app import telemetry
from app.db import content, revisions
from app.db.content import Revision
from app.retrieval.embedder import Embedders
from app.retrieval.minilm import MiniLM
from app.retrieval.openai_embedder import DIMENSIONS
from evals.bench import processes
from evals.bench.content.stand_in import FastStandIn
from ingest import changes
from ingest.apply import Models, Wish, apply
from ingest.commands import GOLDEN
from ingest.forecast import forecast
from ingest.report import SilentReport


def main() -> None:
    """Do it and say what it took."""
    telemetry.configure("WARNING")
    said = uvloop.run(_measured(*sys.argv[1:]))
    print(json.dumps(said), flush=True)


async def _measured(dsn: str, what: str, domain: str, path: str) -> dict[str, float]:
    stand_ins = [FastStandIn(), *(FastStandIn(name, dimensions) for name, dimensions in DIMENSIONS.items())]
    models = Models(MiniLM.load(threads=1).offsets, Embedders(stand_ins))
    began = time.perf_counter()
    said = await _done(dsn, what, domain, path, models)
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    parsing = resource.getrusage(resource.RUSAGE_CHILDREN)
    return said | {
        "seconds": seconds,
        "cpu": used.ru_utime + used.ru_stime,
        "parsing_cpu": parsing.ru_utime + parsing.ru_stime,
        "peak_mb": processes.peak_mb(os.getpid()),
    }


async def _done(dsn: str, what: str, domain: str, path: str, models: Models) -> dict[str, float]:
    wish = Wish([path], domain, None, Revision("apply", "benchmark", "bench"))
    if what == "plan":
        summary = (await forecast(dsn, wish, models, golden=GOLDEN, dense_weight=0.7)).summary
        return {"changes": summary.added + summary.changed, "chunks": summary.chunks, "warnings": len(summary.warnings)}
    if what == "apply":
        applied = await apply(dsn, wish, models, SilentReport())
        assert not applied.trouble, applied.trouble
        return {"changes": applied.added + applied.changed, "chunks": applied.chunks, "warnings": len(applied.warnings)}
    revision = Revision("undo", "benchmark", "bench")
    number = await _latest(dsn, domain) if what == "redo" else None
    undone = await changes.undo(dsn, number, domain, revision, models, SilentReport(), lambda _: None)
    return {"changes": len(undone.keys)}


async def _latest(dsn: str, domain: str) -> int:
    async with content.open_desk(dsn) as desk:
        return (await revisions.log(desk, domain, limit=1))[0].number


if __name__ == "__main__":
    main()
