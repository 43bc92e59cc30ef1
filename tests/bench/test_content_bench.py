"""The benchmarks of the content desk and of cutovers still run, and what they count is right."""

import json
from pathlib import Path

from test_bench_smoke import bench, medians


async def test_documents_go_in_and_out_and_over_to_another_model(tmp_path: Path) -> None:
    code, said = await bench("content", "cutover", "--quick", "--report", str(tmp_path / "bench.json"))
    assert code == 0, said
    report = json.loads((tmp_path / "bench.json").read_text())
    content, cutover = medians(report, "content"), medians(report, "cutover")
    assert content["documents"] == 30
    # About ten each.
    assert 240 < content["chunks"] < 360
    assert content["migration: recall of 20"] > 0.95
    assert 0 < content["apply: the database's share of the processor"] < 1
    assert 0 < content["apply: peak memory"] < 1_000
    assert cutover["p95 under cutovers / idle"] > 0
