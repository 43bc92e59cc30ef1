"""Texts to vectors in batches, watched by a report, each call noted in ops.llm_calls."""

import time
from collections.abc import Sequence
from dataclasses import astuple

from app.db import llm_calls
from app.db.engine import Connection
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedder
from ingest.report import Report
from ingest.spool import Spool

# Enough for full runs of the model, few enough for a bar that moves.
BATCH = 64


async def embed(desk: Connection, texts: Sequence[str], embedder: Embedder, spool: Spool, report: Report) -> float:
    """Put the vectors of `texts` into `spool`, in order; how many seconds it took.

    Raises:
        ProviderError: the embedder failed; the calls until then are noted.
    """
    began = time.monotonic()
    log = CallLog()
    if texts:
        report.start(len(texts))
    try:
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            spool.add(await embedder.embed(batch, log))
            report.advance(len(batch))
    finally:
        report.stop()
        await llm_calls.save(desk, [astuple(call) for call in log.calls], task_id=None, attempt=0)
    return time.monotonic() - began
