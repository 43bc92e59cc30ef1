"""What operators count, in Prometheus' text form.

API processes behind one port are one service to whoever scrapes it, and a scrape reaches any one of them. `prashna
serve` gives them a folder in common, in which the library keeps what each counts; then each tells the sum of all.
"""

import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from app.settings import metrics_folder

REGISTRY = CollectorRegistry()
QUESTIONS = Counter("prashna_questions", "Questions by what the gate decided.", ["outcome"], registry=REGISTRY)
ERRORS = Counter(
    "prashna_errors", "Streams that ended without an answer, by specialist.", ["intent"], registry=REGISTRY
)
STREAMS = Gauge("prashna_open_streams", "Streams attached now.", registry=REGISTRY, multiprocess_mode="livesum")
POOL = Gauge(
    "prashna_pool_connections",
    "Database connections that are open, by pool and whether a statement holds them.",
    ["pool", "state"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
# The same for all processes; the database is asked by each once a second, for admission.
QUEUE = Gauge(
    "prashna_queue_runs",
    "Runs that wait for a worker (queued) and that one answers (running).",
    ["state"],
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)
QUEUE_OLDEST = Gauge(
    "prashna_queue_oldest_seconds",
    "How long the oldest run has waited.",
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)
WORKERS = Gauge(
    "prashna_chat_workers", "Workers with a fresh heartbeat.", registry=REGISTRY, multiprocess_mode="mostrecent"
)
REQUEST_SECONDS = Histogram(
    "prashna_request_seconds",
    "Time to the first byte of a response, by route.",
    ["route", "status"],
    registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
# Streams end within a second or two; the last bounds are for providers that stall.
_WAIT_BUCKETS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 2.5, 3.5, 5, 7.5, 10, 20, 40, 90)
FIRST_WORDS_SECONDS = Histogram(
    "prashna_first_words_seconds",
    "From acceptance to the first words, of readers attached before them.",
    ["intent"],
    registry=REGISTRY,
    buckets=_WAIT_BUCKETS,
)
LAST_EVENT_SECONDS = Histogram(
    "prashna_last_event_seconds",
    "From acceptance to the last event, of readers attached before it.",
    ["intent"],
    registry=REGISTRY,
    buckets=_WAIT_BUCKETS,
)


def text() -> bytes:
    """All metrics of this process, or of all processes behind this port."""
    folder = metrics_folder()
    if folder is None:
        return generate_latest(REGISTRY)
    _forget_dead(folder)
    together = CollectorRegistry()
    MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]
    return generate_latest(together)


def _forget_dead(folder: str) -> None:
    """What a process has counted stays counted after its end; what it held open then does not."""
    for pid in {int(path.stem.rpartition("_")[2]) for path in Path(folder).glob("gauge_live*.db")}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            # Another scrape may be at the same.
            with suppress(FileNotFoundError):
                mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]
        except PermissionError:
            continue
