"""The baseline's job queue, as its documentation sets it up: Celery over Redis. Runs under .venv-peers only."""

import os
import time
from pathlib import Path

from celery import Celery

app = Celery("bench", broker=os.environ["BENCH_REDIS"])
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)
_begun = Path(os.environ["BENCH_BEGUN"]).open("a", buffering=1)  # noqa: SIM115 (open as long as the worker runs)


@app.task
def note(task_id: str) -> None:
    """The whole job: when its body began. A line is one write, so the processes of the pool do not mix theirs."""
    _begun.write(f"{task_id} {time.monotonic()}\n")
