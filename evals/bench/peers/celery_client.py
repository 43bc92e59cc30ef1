"""A process that dispatches Celery jobs at random moments. Runs under .venv-peers only."""

import asyncio
import os
import random
import time
from typing import Any
from uuid import uuid4

import uvloop

from evals.bench.child import answer, messages


async def main() -> None:
    """`{"redis", "begun"}`, then each `{"jobs", "rate"}` is answered with when each was called, and for how long."""
    told = messages()
    setup = await anext(told)
    os.environ |= {"BENCH_REDIS": setup["redis"], "BENCH_BEGUN": setup["begun"]}
    from evals.bench.peers.celery_app import note

    answer({})
    async for load in told:
        answer(await _dispatch(note, load["jobs"], load["rate"]))


async def _dispatch(note: Any, jobs: int, rate: float) -> dict[str, Any]:
    called, calls, cpu = {}, [], time.process_time()
    for _ in range(jobs):
        await asyncio.sleep(random.expovariate(rate))
        task_id = str(uuid4())
        called[task_id] = began = time.monotonic()
        note.delay(task_id)
        calls.append(time.monotonic() - began)
    return {"called": called, "calls": calls, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    uvloop.run(main())
