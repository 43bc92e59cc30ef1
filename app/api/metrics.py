"""What operators count, in Prometheus' text form."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
QUESTIONS = Counter("prashna_questions", "Questions by what the gate decided.", ["outcome"], registry=REGISTRY)
STREAMS = Gauge("prashna_open_streams", "Streams attached to this process.", registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "prashna_request_seconds",
    "Time to the first byte of a response, by route.",
    ["route", "status"],
    registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


def text() -> bytes:
    """All metrics of this process."""
    return generate_latest(REGISTRY)
