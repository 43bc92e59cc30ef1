"""What a number of students needs: `python -m evals.scaling` prints the tables of docs/scaling.md from measured costs.

The costs are figures of `make load` and `make bench`; change them here when those change. Everything else is
arithmetic, and one simulation: a queue of answers that drains while questions keep coming.
"""

import argparse
import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

# A process or core is planned this full, so that a minute's peak has room.
FULL = 0.6
# Every commit with a NOTIFY wakes every listener of the database: PostgreSQL 18 stays quick below this product a second
# (reference measurement; see docs/scaling.md).
NOTIFY_BUDGET = 50_000
HEADS = ("students", "ask every", "questions/s", "misses/s", "answers at once", "API processes", "workers",
         "database cores", "connections", "WAL MB/s", "NOTIFY x listeners")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Costs:
    """Measured on 23 November 2026, two contended cores: an upper bound. CPU in seconds a question, unless said.

    Sources: `make load` (CPU, length of an answer), `make bench ARGS=sse` (kilobytes), the settings' defaults (slots,
    pools). `wal_kilobytes` is an estimate from row sizes.
    """

    api_cpu_miss: float = 0.017
    api_cpu_hit: float = 0.012
    worker_cpu: float = 0.145
    database_cpu_miss: float = 0.039
    database_cpu_hit: float = 0.003
    answer_seconds: float = 2.0
    stream_kilobytes: float = 33.0
    streams_a_process: int = 5_000
    slots_a_worker: int = 32
    connections_an_api_process: int = 10
    connections_a_worker: int = 12
    wal_kilobytes: float = 30.0
    writer_ticks: float = 25.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """Students connected at once, each asking every `every` seconds; the share `hits` is served from the cache."""

    students: int
    every: float
    hits: float


@dataclass(frozen=True, slots=True)
class Fleet:
    """What a crowd needs; processes are one core each at `FULL`."""

    crowd: Crowd
    questions: float
    misses: float
    streams: float
    api_processes: int
    worker_processes: int
    database_cores: float
    connections: int
    stream_gigabytes: float
    wal_megabytes: float
    notify_product: float


def fleet(crowd: Crowd, costs: Costs) -> Fleet:
    """The processes, cores and connections for a crowd at a steady rate."""
    questions = crowd.students / crowd.every
    misses = questions * (1 - crowd.hits)
    answering = misses * costs.answer_seconds
    api_cpu = misses * costs.api_cpu_miss + (questions - misses) * costs.api_cpu_hit
    api = max(math.ceil(api_cpu / FULL), math.ceil(crowd.students / costs.streams_a_process))
    workers = max(math.ceil(misses * costs.worker_cpu / FULL), math.ceil(answering / costs.slots_a_worker))
    database = (misses * costs.database_cpu_miss + (questions - misses) * costs.database_cpu_hit) / FULL
    return Fleet(
        crowd=crowd,
        questions=questions,
        misses=misses,
        streams=answering,
        api_processes=api,
        worker_processes=workers,
        database_cores=database,
        connections=api * costs.connections_an_api_process + workers * costs.connections_a_worker,
        stream_gigabytes=crowd.students * costs.stream_kilobytes / 1e6,
        wal_megabytes=misses * costs.wal_kilobytes / 1e3,
        notify_product=workers * costs.writer_ticks * api,
    )


def drain(waiting: int, workers: int, costs: Costs, *, arrivals: float, seed: int = 1) -> float:
    """Seconds until nobody waits: `waiting` tasks at the start, `arrivals` more a second (Poisson), answers of
    exponential length on every slot that the processors of `workers` can feed; infinite when they never catch up.
    """
    slots = workers * min(costs.slots_a_worker, max(1, round(FULL * costs.answer_seconds / costs.worker_cpu)))
    if arrivals * costs.answer_seconds >= slots:
        return math.inf
    dice = random.Random(seed)
    busy: list[float] = []
    now, coming = 0.0, _arrivals(arrivals, dice)
    next_one = next(coming)
    while True:
        while waiting and len(busy) < slots:
            heapq.heappush(busy, now + dice.expovariate(1 / costs.answer_seconds))
            waiting -= 1
        if not waiting:
            return now
        now = min(next_one, busy[0])
        while busy and busy[0] <= now:
            heapq.heappop(busy)
        if next_one <= now:
            waiting, next_one = waiting + 1, next(coming)


def _arrivals(rate: float, dice: random.Random) -> Iterator[float]:
    at = 0.0
    while True:
        at += dice.expovariate(rate) if rate else math.inf
        yield at


def main() -> None:
    """Print the fleets, then how long a peak of waiting tasks takes to drain."""
    parser = argparse.ArgumentParser(prog="python -m evals.scaling", description=__doc__)
    parser.add_argument("--students", type=int, nargs="*", default=[500, 4_000, 40_000, 400_000])
    parser.add_argument("--every", type=float, nargs="*", default=[5.0, 10.0, 300.0], help="seconds between questions")
    parser.add_argument("--hits", type=float, default=0.4, help="share of questions served from the cache")
    parser.add_argument("--waiting", type=int, default=380, help="tasks waiting at the start of the drain")
    wanted = parser.parse_args()
    costs = Costs()
    print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}")
    for students in wanted.students:
        for every in wanted.every:
            print(_row(fleet(Crowd(students, every, wanted.hits), costs)))
    print(f"\n| workers | {wanted.waiting} waiting, nobody asks | 10 questions/s more | 40 more | 100 more |")
    print("|---|---|---|---|---|")
    for workers in (1, 2, 4, 8, 16):
        times = [drain(wanted.waiting, workers, costs, arrivals=rate) for rate in (0, 10, 40, 100)]
        print(f"| {workers} | " + " | ".join("never" if math.isinf(t) else f"{t:.1f} s" for t in times) + " |")


def _row(need: Fleet) -> str:
    counts = (need.questions, need.misses, need.streams, need.api_processes, need.worker_processes)
    cells = [f"{need.crowd.students:,}", f"{need.crowd.every:g} s", *(f"{count:,.0f}" for count in counts)]
    cells += [f"{need.database_cores:,.1f}", f"{need.connections:,}", f"{need.wal_megabytes:,.1f}"]
    mark = " (over)" if need.notify_product > NOTIFY_BUDGET else ""
    return f"| {' | '.join(cells)} | {need.notify_product:,.0f}{mark} |"


if __name__ == "__main__":
    main()
