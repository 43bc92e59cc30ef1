"""`make` and `.ci/run`: what the README names exists, and the caller's settings stay outside."""

import os
import re
import subprocess

import pytest
from repository import ROOT, example_settings

PAGES = [page for page in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md") if (ROOT / page).exists()]


def _make(*arguments: str, **environment: str) -> str:
    # `make test` sets variables for its own children; this one is another make.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    done = subprocess.run(
        ["make", *arguments], cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_a_page_names_exists(page: str) -> None:
    named = set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)\b(?=[^\n]*`|$)", _code_of(page), re.MULTILINE))
    assert named - _targets() == set()


def test_help_lists_the_commands_of_the_design() -> None:
    listed = set(re.findall(r"^  make ([a-z-]+)", _make("help"), re.MULTILINE))
    assert {"up", "test", "check", "bench", "lock"} <= listed


def test_make_up_is_replaced_by_its_program_so_that_signals_reach_it() -> None:
    assert "exec .venv/bin/python -m app.local" in _make("--dry-run", "up")


@pytest.mark.parametrize("target", ["test", "bench", "faults", "faults-short"])
def test_tests_and_benchmarks_see_no_setting_of_the_caller(target: str) -> None:
    recipe = _make("--dry-run", target, OPENAI_API_KEY="callers")
    assert "callers" not in recipe
    assert [name for name in example_settings() if f" {name}= " not in recipe] == []
    assert 'PRASHNA_HOME="$home"' in recipe


def test_check_ends_with_the_tests() -> None:
    recipe = _make("--dry-run", "check")
    steps = ["ruff format --check", "ruff check", "mypy", "importlinter", "pytest --cov"]
    places = [recipe.index(step) for step in steps]
    assert places == sorted(places)


def test_ci_runs_the_gate_then_make_check_with_the_shared_data_then_the_short_faults() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-3:] == [
        "make eval </dev/null",
        "PRASHNA_REQUIRE_SHARED=1 make check </dev/null",
        "make faults-short </dev/null",
    ]
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def _code_of(page: str) -> str:
    """The page's inline code and code blocks: prose may "make sure" of things."""
    text = (ROOT / page).read_text()
    blocks = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith(("make ", "$ make "))]
    return "\n".join([*lines, *(f"{code}`" for code in re.findall(r"`([^`\n]+)`", text))])
