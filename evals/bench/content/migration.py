"""One domain's way to another model and back, step by step, with stand-ins for the models."""

import time
from dataclasses import dataclass
from pathlib import Path

from app.db import catalog, cutovers, embeddings, namespace_index
from app.db.catalog import Namespace
from app.db.cutover_files import Step
from app.db.engine import Connection
from app.jobs import worker
from app.retrieval.embedder import Embedders
from app.retrieval.openai_embedder import DIMENSIONS
from evals.bench.content.stand_in import FastStandIn

MODEL = "text-embedding-3-small"
_NAME = "small"


def embedders() -> Embedders:
    """A stand-in for the embedded model, and one for the model that is migrated to."""
    return Embedders([FastStandIn(), FastStandIn(MODEL, DIMENSIONS[MODEL])])


@dataclass(frozen=True, slots=True)
class Migration:
    """The steps of `embeddings migrate` but for the gate, which is judged elsewhere; each says its seconds."""

    dsn: str
    desk: Connection
    domain: str
    revisions: Path

    async def fill(self) -> tuple[int, float]:
        """Make the namespace and embed everything; how many chunks in how many seconds."""
        step = Step(self.domain, "creation", _NAME, MODEL, DIMENSIONS[MODEL])
        await cutovers.advance(self.dsn, step, revisions=self.revisions)
        began = time.perf_counter()
        async with self.desk.transaction():
            wanted = await embeddings.wanted_versions(self.desk, self.domain)
            await embeddings.defer_embedding(self.desk, self.domain, wanted, embeddings.MIGRATION_PRIORITY)
        await worker.run_bulk(self.dsn, embedders(), until_idle=True)
        seconds = time.perf_counter() - began
        done = await embeddings.progress(self.desk, await self._space())
        assert done.done == done.total, done
        return done.total, seconds

    async def index(self) -> float:
        """Build the index, and see that search takes it."""
        began = time.perf_counter()
        await namespace_index.build(self.desk, await self._space(), warn=lambda line: print(f"  {line}", flush=True))
        seconds = time.perf_counter() - began
        await namespace_index.check_planned(self.desk, await self._space())
        return seconds

    async def recall(self) -> namespace_index.Recall:
        """Of exact search, by the index."""
        found = await namespace_index.recall(self.desk, await self._space())
        assert found
        return found

    async def forward(self) -> float:
        """Cut over, as by a gate that passed."""
        passed = "UPDATE catalog.namespaces SET gate_report = '{\"passed\": true}' WHERE id = $1"
        await self.desk.execute(passed, (await self._space()).id)
        [active] = await catalog.live_namespaces(self.desk, self.domain, ["active"])
        step = Step(self.domain, "cutover", _NAME, MODEL, DIMENSIONS[MODEL], previous=active.name)
        began = time.perf_counter()
        await cutovers.advance(self.dsn, step, revisions=self.revisions)
        return time.perf_counter() - began

    async def back(self) -> float:
        """Roll back."""
        began = time.perf_counter()
        await cutovers.back(self.dsn, self.domain, revisions=self.revisions)
        return time.perf_counter() - began

    async def _space(self) -> Namespace:
        spaces = await catalog.live_namespaces(self.desk, self.domain)
        return next(one for one in spaces if one.name == _NAME)
