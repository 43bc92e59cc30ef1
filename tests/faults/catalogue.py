"""All experiments by their names in the reference, in the order in which they run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from faults import (
    abuse,
    apis,
    backends,
    drains,
    exhaustion,
    fuzzing,
    midnight,
    providers,
    readers,
    restarts,
    sharing,
    workers,
)
from faults.field import Field


@dataclass(frozen=True, slots=True)
class Experiment:
    """`run` makes the fault; the invariants are checked after it. `most_seconds` bounds it, checks included."""

    name: str
    title: str
    run: Callable[[Field], Awaitable[None]]
    in_short: bool = True
    most_seconds: float = 900.0


EXPERIMENTS = {
    one.name: one
    for one in (
        Experiment("C1", "worker SIGKILL mid-stream", workers.killed),
        Experiment("C2", "worker SIGSTOP beyond its lease, then SIGCONT", workers.asleep),
        Experiment("Q5", "worker SIGTERM with fifty tasks running", drains.drained, in_short=False),
        Experiment("C3", "API SIGKILL with its streams", apis.killed),
        Experiment("C4", "PostgreSQL immediate restarts under 50 requests/s", restarts.crashed, in_short=False),
        Experiment("C5", "backends ended at random, 5/s", backends.terminated),
        Experiment("C6", "listeners ended, then silent behind open sockets", backends.silenced),
        Experiment("C9", "what can go wrong at a provider, in turn", providers.matrix),
        Experiment("C10", "a provider gone for minutes", providers.gone, in_short=False),
        Experiment("C11", "a flood with duplicates", sharing.flooded, in_short=False),
        Experiment("C12", "one question of five hundred students", sharing.popular),
        Experiment("C13", "midnight in India under questions", midnight.crossed, in_short=False),
        Experiment("C17", "readers that stop reading", readers.stalled, in_short=False),
        Experiment("C20", "hostile requests", abuse.requests),
        Experiment("C20-fuzz", "schemathesis over the OpenAPI file", fuzzing.fuzzed, in_short=False),
        Experiment("C21", "NUL and broken UTF-8 from users, documents and models", abuse.spoiled),
        Experiment("C24", "no connection to be had", exhaustion.exhausted),
    )
}
