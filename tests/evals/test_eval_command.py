"""The gate as it is called: exit codes, with RAGAS, over recorded answers; in .venv-evals, which `make eval` makes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evals.gate import golden, output
from evals.gate.damage import KINDS, SHARE, spoil

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCRIPT = ROOT / "evals" / "run_ragas.py"
GOLDEN, OUTPUTS = HERE / "golden.json", HERE / "outputs.jsonl"
_RAGAS = ROOT / ".venv-evals" / "bin" / "python"
_SECONDS = 300
# One process for many runs: importing RAGAS takes longer than a run.
_MANY = """
import contextlib, json, sys
from evals.gate import command
def code(arguments):
    with contextlib.redirect_stdout(sys.stderr):
        return command.main(arguments)
print(json.dumps([code(arguments) for arguments in json.loads(sys.argv[1])]))
"""

needs_ragas = pytest.mark.skipif(not _RAGAS.exists(), reason="`make eval` has not made .venv-evals")


def _run(
    *arguments: str, python: Path | str = sys.executable, script: Path = SCRIPT
) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("OPENAI", "PRASHNA", "COV"))}
    return subprocess.run(
        [str(python), str(script), *arguments],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )


def _codes(folder: Path, *runs: list[str]) -> list[int]:
    """The exit codes of runs over the recorded answers, one after the other."""
    always = ["--dataset", str(GOLDEN), "--outputs", str(OUTPUTS), "--judge", "local", "--out", str(folder / "report"),
              "--baseline", str(folder / "baseline.json")]  # fmt: skip
    many = folder / "many.py"
    many.write_text(_MANY)
    done = _run(json.dumps([[*always, *run] for run in runs]), python=_RAGAS, script=many)
    assert done.returncode == 0, done.stderr
    codes: list[int] = json.loads(done.stdout)
    return codes


@needs_ragas
def test_recorded_answers_pass_and_each_damage_fails_by_the_baseline_alone(tmp_path: Path) -> None:
    damaged = [["--damage", kind, "--thresholds", "{}"] for kind in KINDS]
    codes = _codes(tmp_path, ["--write-baseline"], [], *damaged)
    assert codes == [0, 0, 1, 1, 1, 1, 1]


@needs_ragas
def test_thresholds_decide_between_zero_and_one(tmp_path: Path) -> None:
    codes = _codes(
        tmp_path,
        ["--thresholds", '{"faithfulness":0.9,"answer_relevancy":0.88,"accuracy":0.93}'],
        ["--thresholds", '{"accuracy":1.01}'],
        ["--thresholds", '{"accuracy":-5}'],
        ["--thresholds", '{"accuracy":NaN}'],
        ["--thresholds", "{"],
        ["--outputs", "nowhere.jsonl"],
        ["--judge", "openai"],
        ["--specialist", "essay"],
        ["--prove"],
    )
    assert codes == [0, 1, 0, 2, 2, 2, 2, 0, 0]


@needs_ragas
def test_the_result_is_one_object_and_the_page_shows_documents_as_text(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in OUTPUTS.read_text().splitlines()]
    lines[0]["text"] = "<script>alert(1)</script> is what it says. [1]"
    (tmp_path / "outputs.jsonl").write_text("\n".join(map(json.dumps, lines)))
    done = _run("--dataset", str(GOLDEN), "--outputs", str(tmp_path / "outputs.jsonl"), "--judge", "local",
                "--out", str(tmp_path), "--json", "--baseline", str(tmp_path / "none.json"))  # fmt: skip
    result = json.loads(done.stdout)
    assert result["exit"] == done.returncode
    assert set(result["scores"]) >= {"faithfulness", "answer_relevancy", "accuracy", "fact_recall", "recall_at_5"}
    page = (tmp_path / "report.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "ROC AUC" in page


def test_without_ragas_nothing_runs_and_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "evals").mkdir()
    alone = shutil.copy(SCRIPT, tmp_path / "evals" / SCRIPT.name)
    done = _run(script=Path(alone))
    assert done.returncode == 2
    assert "make eval" in done.stderr


def test_a_dataset_that_is_not_there_ends_with_two_and_says_so() -> None:
    done = _run("--dataset", "nowhere.json")
    assert done.returncode == 2
    assert "nowhere.json" in done.stderr or "make eval" in done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_damage_spoils_the_same_fifth_of_the_answers_each_time(kind: str) -> None:
    items, outputs = golden.read(GOLDEN).items, output.read(OUTPUTS)
    spoilt = spoil(kind, items, outputs)
    changed = [name for name in outputs if spoilt[name] != outputs[name]]
    given = [one for one in outputs.values() if not one.refused]
    assert len(changed) == round(SHARE * len(given))
    assert spoilt == spoil(kind, list(reversed(items)), outputs)
