"""The benchmarks beside others' ways still run, and do what they say. Their figures mean nothing here."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from evals.bench.chart import CHARTS, draw
from evals.bench.peers.interpreter import PYTHON
from tests.bench.test_bench_smoke import bench, medians

needs_peers = pytest.mark.skipif(not PYTHON.exists(), reason="make bench makes .venv-peers")
needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")


async def measured(tmp_path: Path, *names: str) -> dict[str, Any]:
    code, said = await bench(*names, "--quick", "--report", str(tmp_path / "bench.json"))
    assert code == 0, said
    report: dict[str, Any] = json.loads((tmp_path / "bench.json").read_text())
    return report


@needs_peers
@needs_redis
async def test_every_job_and_token_arrives_whichever_way_it_goes(tmp_path: Path) -> None:
    report = await measured(tmp_path, "celery", "redis")
    arrived = {name: value for name, value in medians(report, "celery").items() if name.endswith("jobs picked up")}
    assert arrived == dict.fromkeys(
        (
            "ours: jobs picked up",
            "ours, job alone: jobs picked up",
            "Celery, Redis AOF always: jobs picked up",
            "Celery, Redis not persistent: jobs picked up",
        ),
        100,
    )
    latencies = [name for name in medians(report, "redis") if name.endswith("latency p95")]
    assert len(latencies) == 5


@needs_peers
async def test_a_cache_serves_other_words_and_no_strangers_whosever_it_is(tmp_path: Path) -> None:
    found = medians(await measured(tmp_path, "gptcache"), "gptcache")
    served = {name: value for name, value in found.items() if name.endswith("served")}
    assert served == {
        f"{cache}: {kind}, served": share
        for cache in ("ours", "GPTCache", "GPTCache, no statistics")
        for kind, share in (("hit", 100), ("miss", 0))
    }
    assert found["ours, 200 entries: recall@1"] == 1


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_drawn_of_the_figures_that_it_names(name: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    figures: dict[str, list[dict[str, Any]]] = {}
    for panel in CHARTS[name]:
        named = {figure for series in panel.groups.values() for figure in series.values()}
        figures.setdefault(panel.section, []).extend({"name": one, "values": [1.0, 3.0, 2.0]} for one in named)
    draw({"figures": figures}, CHARTS[name], tmp_path / name)
    assert CHARTS[name][0].title in (tmp_path / name).read_text()
