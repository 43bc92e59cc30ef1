"""`python -m evals.bench [NAME …]`, which `make bench` runs: measures, prints a table, writes reports/bench.json."""

import argparse
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from pathlib import Path

import uvloop

from app import telemetry
from evals.bench import batching, gate, pickup, report, sizes, sse, start, stream
from evals.bench.batching import BatchLoad
from evals.bench.content import cutover, measure
from evals.bench.content.cutover import CutoverLoad
from evals.bench.content.measure import ContentLoad
from evals.bench.figure import Figure
from evals.bench.gate import GateLoad
from evals.bench.peers import dispatch, fan_out, look_up
from evals.bench.peers.fan_out import FanOutLoad
from evals.bench.peers.look_up import LookUpLoad
from evals.bench.pickup import PickupLoad
from evals.bench.server import Server, running_server
from evals.bench.sizes import SizesLoad
from evals.bench.sse import SseLoad
from evals.bench.start import StartLoad
from evals.bench.stream import StreamLoad
from evals.bench.tokens import TokenLoad

NEED_SERVER = ("gate", "enqueue", "pickup", "celery", "stream", "redis", "gptcache", "sse", "content", "cutover")
_QUICK_GATE = GateLoad(entries=200, rounds=1, asks=3, counted=3, warm_up=3)
_QUICK_PICKUP = PickupLoad(rounds=1, jobs=5, rate=200, pairs=3)
_QUICK_STREAM = StreamLoad(rounds=1, loads=(TokenLoad(20, 30, 0.5),), crowds=(TokenLoad(40, 30, 0.5),))
_QUICK_SSE = SseLoad(rounds=1, connections=20, events=2)
_QUICK_BATCH = BatchLoad(rounds=1, callers=4, each=3)
_QUICK_FAN_OUT = FanOutLoad(rounds=1, loads=(TokenLoad(20, 30, 0.5),))
_QUICK_LOOK_UP = LookUpLoad(rounds=1, entries=40, asks=10, crowd=200, exact=5)
_QUICK_CONTENT = ContentLoad(documents=30, few=10, every=10)
_QUICK_CUTOVER = CutoverLoad(documents=20, pairs=1, requests=20, cutovers=3)
NAMES = (*NEED_SERVER, "start", "sizes")


def main() -> None:
    """Run the named benchmarks, or all. A missed bar is no failure: the machine may be busy."""
    wanted = _arguments()
    telemetry.configure("WARNING")
    about = report.machine()
    began = time.monotonic()
    sections: dict[str, list[Figure]] = {}
    with running_server() if set(wanted.names) & set(NEED_SERVER) else nullcontext() as server:
        for name in wanted.names:
            print(f"measuring {name} ...", flush=True)
            sections[name] = uvloop.run(_figures(name, server, wanted))
            print(report.table(name, sections[name]), flush=True)
    report.write(wanted.report, about | {"seconds": round(time.monotonic() - began, 1)}, sections)
    _conclude(sections, wanted.report, time.monotonic() - began)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="tiny loads, which only show that everything still runs")
    parser.add_argument("--sizes", action="store_true", help="also install each lock into a new environment: minutes")
    parser.add_argument("--documents", type=int, default=10_000, help="how many, for `content`: 10,000 take long")
    parser.add_argument("--report", type=Path, default=report.REPORT, help="where the figures go")
    wanted = parser.parse_args()
    if unknown := sorted(set(wanted.names) - set(NAMES)):
        parser.error(f"no benchmark is named {', '.join(unknown)}; there are {', '.join(NAMES)}")
    wanted.names = wanted.names or NAMES
    return wanted


async def _figures(name: str, server: Server | None, wanted: argparse.Namespace) -> list[Figure]:
    quick = wanted.quick
    if name == "start":
        return await start.run(StartLoad(warm=1) if quick else StartLoad())
    if name == "sizes":
        return await sizes.run(SizesLoad(imports=1 if quick else 5, install=wanted.sizes))
    assert server
    if name == "content":
        load = ContentLoad(documents=wanted.documents, few=min(1_000, wanted.documents // 10))
        return await measure.run(server, _QUICK_CONTENT if quick else load)
    return await _ON_SERVER[name](server, quick)


_ON_SERVER: dict[str, Callable[[Server, bool], Awaitable[list[Figure]]]] = {
    "gate": lambda server, quick: gate.run(server, _QUICK_GATE if quick else GateLoad()),
    "enqueue": lambda server, quick: batching.run(server, _QUICK_BATCH if quick else BatchLoad()),
    "pickup": lambda server, quick: pickup.run(server, _QUICK_PICKUP if quick else PickupLoad()),
    "celery": lambda server, quick: dispatch.run(server, _QUICK_PICKUP if quick else PickupLoad(jobs=120)),
    "stream": lambda server, quick: stream.run(server, _QUICK_STREAM if quick else StreamLoad()),
    "redis": lambda server, quick: fan_out.run(server, _QUICK_FAN_OUT if quick else FanOutLoad()),
    "gptcache": lambda server, quick: look_up.run(server, _QUICK_LOOK_UP if quick else LookUpLoad()),
    "sse": lambda server, quick: sse.run(server, _QUICK_SSE if quick else SseLoad()),
    "cutover": lambda server, quick: cutover.run(server, _QUICK_CUTOVER if quick else CutoverLoad()),
}


def _conclude(sections: Mapping[str, list[Figure]], path: Path, seconds: float) -> None:
    missed = [(name, figure.name) for name, figures in sections.items() for figure in figures
              if figure.verdict == "MISSED"]  # fmt: skip
    print(f"{seconds:.0f} s in all; figures are in {path}; bars missed: {len(missed) or 'none'}")
    for name, figure in missed:
        print(f"  {name}: {figure}")


if __name__ == "__main__":
    main()
