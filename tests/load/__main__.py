"""`make load USERS=500 DURATION=120`: the stack before a simulated provider, driven by Locust, judged by a report.

One run is one fresh set of students and questions. Everything it starts ends with it. The exit code is 0 when every bar
is held.
"""

import argparse
import asyncio
import os
import random
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.errors import PrashnaError
from app.local.child import Child, Command
from app.local.home import Home
from app.settings import child_environment
from evals.bench import report as machine
from evals.bench.child import ROOT
from evals.bench.server import free_port, temporary_home
from tests.load import page, stack, verdict
from tests.load.notes import Notes
from tests.load.watch import Watch, costs

LOCUST = ROOT / ".venv-load" / "bin" / "locust"
REPORTS = ROOT / "reports"
RAMP_PER_SECOND = 50
# Students who are in the middle of an answer when the time is up read it to its end.
LAST_ANSWERS_SECONDS = 60
# A connection of each student at both ends, and room for the database's and the provider's.
OPEN_FILES = 8_192


@dataclass(frozen=True, slots=True)
class Load:
    """`users` students for `duration` seconds, on `home` and `port` (None: a home and a port of the run's own)."""

    users: int
    duration: int
    home: Path | None
    port: int | None
    seed: int


def main() -> int:
    """Run it; the exit code says whether every bar was held."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--users", type=int, default=500)
    parser.add_argument("--duration", type=int, default=120, help="seconds, ramp included")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 2**31), help="of the questions")
    given = parser.parse_args()
    home, port = os.environ.get("PRASHNA_HOME"), os.environ.get("PRASHNA_PORT")
    load = Load(given.users, given.duration, Path(home) if home else None, int(port) if port else None, given.seed)
    _allow_open_files()
    try:
        return asyncio.run(_run(load))
    except PrashnaError as error:
        sys.exit(f"make load: {error}")


def _allow_open_files() -> None:
    # The limit of many shells is 1,024; children inherit what is raised here.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


async def _run(load: Load) -> int:
    about = machine.machine() | {"users": load.users, "duration": load.duration, "seed": load.seed}
    print(f"load: {load.users} students for {load.duration} s, seed {load.seed}; logs in {REPORTS}", flush=True)
    REPORTS.mkdir(exist_ok=True)
    with _home(load) as home, TemporaryDirectory() as scratch:
        notes = Path(scratch) / "notes.jsonl"
        async with stack.running(home, load.port or free_port(), REPORTS / "load-stack.log") as served:
            async with Watch(served.home) as watch:
                code = await _drive(load, served, notes)
            about |= {"processes": stack.PROCESSES, "load_average_after": [round(one, 2) for one in os.getloadavg()]}
        read = Notes.read(notes)
    about["of one question"] = costs(watch.samples, len(read.all))
    found = verdict.judge(load.users, read)
    verdict.write(REPORTS / "load-report.json", about, found)
    page.write(REPORTS / "load-report.html", about, found, read, watch.samples, watch.statements)
    print(found.table(), flush=True)
    if code not in (0, 1):
        print(f"load: locust ended with code {code}", file=sys.stderr)
    return 0 if found.held and code in (0, 1) else 1


@contextmanager
def _home(load: Load) -> Iterator[Path]:
    if load.home is None:
        with temporary_home() as folder:
            yield folder / "home"
    else:
        yield load.home


async def _drive(load: Load, served: stack.Served, notes: Path) -> int:
    """Locust from its start to its end; its own summary goes to a log."""
    environment = child_environment(
        PYTHONPATH=str(ROOT),
        LOAD_SEED=str(load.seed),
        LOAD_SECRET=Home(served.home).demo_secret(),
        LOAD_NOTES=str(notes),
    )
    arguments = [
        *(str(LOCUST), "--locustfile", str(ROOT / "tests" / "load" / "locustfile.py"), "--host", served.address),
        *("--headless", "--users", str(load.users), "--spawn-rate", str(RAMP_PER_SECOND)),
        *("--run-time", f"{load.duration}s", "--stop-timeout", str(LAST_ANSWERS_SECONDS), "--only-summary"),
    ]
    began = time.monotonic()
    with (REPORTS / "load-locust.log").open("w") as log:
        locust = await Child.start(Command("locust", arguments, environment), lambda line: print(line, file=log))
        try:
            async with asyncio.timeout(load.duration + LAST_ANSWERS_SECONDS + 60):
                code = await locust.wait()
        finally:
            await locust.end(grace=5)
    print(f"load: driven for {time.monotonic() - began:.0f} s", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
