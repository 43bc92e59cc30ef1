"""The benchmarks still run. Their figures mean nothing here: the loads are tiny and the machine is busy."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from app.settings import child_environment

ROOT = Path(__file__).parent.parent.parent
# `start` is left out: it is `make up` itself, which has tests of its own, and loads all of the starter content.
NAMES = ("gate", "enqueue", "pickup", "stream", "sse", "sizes")


async def bench(*arguments: str) -> tuple[int, str]:
    """`python -m evals.bench`: its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "evals.bench",
        *arguments,
        cwd=ROOT,
        env=child_environment(DATABASE_URL="", OPENAI_API_KEY="", COHERE_API_KEY=""),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(240):
        said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


def medians(report: dict[str, Any], section: str) -> dict[str, float]:
    return {figure["name"]: figure["median"] for figure in report["figures"][section]}


async def test_every_benchmark_runs_and_what_can_be_counted_is_right(tmp_path: Path) -> None:
    code, said = await bench(*NAMES, "--quick", "--report", str(tmp_path / "bench.json"))
    assert code == 0, said
    report = json.loads((tmp_path / "bench.json").read_text())
    gate, stream = medians(report, "gate"), medians(report, "stream")
    round_trips = {name: value for name, value in gate.items() if name.startswith("gate") and ":" in name}
    assert round_trips == {
        "gate, hit: round trips on the wire": 1,
        "gate, hit: statements": 1,
        "gate, miss: round trips on the wire": 2,
        "gate, miss: statements": 2,
    }
    assert medians(report, "pickup")["ours: jobs picked up"] == 100
    assert stream["20 streams, ours (tick): delivered after the drain"] == 100
    assert stream["40 streams, ours (tick): delivered after the drain"] == 100
    assert medians(report, "sse")["20 connections, ours: errors"] == 0
    assert medians(report, "sizes")["import app.main"] > 0


async def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    code, said = await bench("gates")
    assert (
        code,
        "no benchmark is named gates; there are gate, enqueue, pickup, celery, stream, redis, gptcache, sse" in said,
    ) == (2, True)
