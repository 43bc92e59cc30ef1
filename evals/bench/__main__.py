"""`python -m evals.bench [NAME …]`, which `make bench` runs: measures, prints a table, writes reports/bench.json."""

import argparse
import time
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import uvloop

from app import telemetry
from evals.bench import gate, pickup, report, sizes, start, stream
from evals.bench.figure import Figure
from evals.bench.gate import GateLoad
from evals.bench.pickup import PickupLoad
from evals.bench.server import Server, running_server
from evals.bench.sizes import SizesLoad
from evals.bench.start import StartLoad
from evals.bench.stream import StreamLoad
from evals.bench.tokens import TokenLoad

NEED_SERVER = ("gate", "pickup", "stream")
_QUICK_GATE = GateLoad(entries=200, rounds=1, asks=3, counted=3, warm_up=3)
_QUICK_PICKUP = PickupLoad(rounds=1, jobs=5, rate=200)
_QUICK_STREAM = StreamLoad(rounds=1, loads=(TokenLoad(20, 30, 0.5),))
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
            sections[name] = uvloop.run(_figures(name, server, quick=wanted.quick, install=wanted.sizes))
            print(report.table(name, sections[name]), flush=True)
    report.write(wanted.report, about | {"seconds": round(time.monotonic() - began, 1)}, sections)
    _conclude(sections, wanted.report, time.monotonic() - began)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="tiny loads, which only show that everything still runs")
    parser.add_argument("--sizes", action="store_true", help="also install each lock into a new environment: minutes")
    parser.add_argument("--report", type=Path, default=report.REPORT, help="where the figures go")
    wanted = parser.parse_args()
    if unknown := sorted(set(wanted.names) - set(NAMES)):
        parser.error(f"no benchmark is named {', '.join(unknown)}; there are {', '.join(NAMES)}")
    wanted.names = wanted.names or NAMES
    return wanted


async def _figures(name: str, server: Server | None, *, quick: bool, install: bool) -> list[Figure]:
    if name == "start":
        return await start.run(StartLoad(warm=1) if quick else StartLoad())
    if name == "sizes":
        return await sizes.run(SizesLoad(imports=1 if quick else 5, install=install))
    assert server
    if name == "gate":
        return await gate.run(server, _QUICK_GATE if quick else GateLoad())
    if name == "pickup":
        return await pickup.run(server, _QUICK_PICKUP if quick else PickupLoad())
    return await stream.run(server, _QUICK_STREAM if quick else StreamLoad())


def _conclude(sections: Mapping[str, list[Figure]], path: Path, seconds: float) -> None:
    missed = [(name, figure.name) for name, figures in sections.items() for figure in figures
              if figure.verdict == "MISSED"]  # fmt: skip
    print(f"{seconds:.0f} s in all; figures are in {path}; bars missed: {len(missed) or 'none'}")
    for name, figure in missed:
        print(f"  {name}: {figure}")


if __name__ == "__main__":
    main()
