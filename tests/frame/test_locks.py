"""What the locks promise: every package by version and hash, for any machine."""

import re
import tomllib
from pathlib import Path

import pytest
from repository import ROOT, locks

_PIN = re.compile(r"^([a-z0-9-]+)==([^\s;]+)", re.MULTILINE)
_UNWANTED = re.compile(r"torch|nvidia-|triton|cuda|onnxruntime-gpu|tensorflow")


def _pins(lock: Path) -> dict[str, str]:
    return dict(_PIN.findall(lock.read_text()))


def test_there_is_a_lock_for_each_use_and_no_other_kind() -> None:
    names = [lock.stem for lock in locks()]
    assert names == ["api", "bench", "dev", "evals", "images", "load", "peers", "worker"]
    assert not (ROOT / "uv.lock").exists()
    assert not (ROOT / "poetry.lock").exists()


@pytest.mark.parametrize("lock", locks(), ids=lambda lock: lock.stem)
def test_every_pin_of_a_lock_has_hashes(lock: Path) -> None:
    for entry in re.split(r"\n(?=[a-z0-9])", lock.read_text()):
        if "==" in entry:
            assert "--hash=sha256:" in entry, entry.splitlines()[0]


@pytest.mark.parametrize("lock", locks(), ids=lambda lock: lock.stem)
def test_a_lock_holds_no_address_option_or_path(lock: Path) -> None:
    lines = [line for line in lock.read_text().splitlines() if not line.startswith("    --hash=sha256:")]
    offending = [line for line in lines if re.search(r"://|--(extra-)?index|--find-links|--trusted|file:/|\s/", line)]
    assert offending == []


@pytest.mark.parametrize("lock", locks(), ids=lambda lock: lock.stem)
def test_no_lock_brings_gpu_packages(lock: Path) -> None:
    assert [name for name in _pins(lock) if _UNWANTED.match(name)] == []


@pytest.mark.parametrize("name", ["api", "bench", "load", "worker"])
def test_locks_agree_on_versions_with_what_the_tests_ran_on(name: str) -> None:
    tested = _pins(ROOT / "requirements" / "dev.txt")
    locked = _pins(ROOT / "requirements" / f"{name}.txt")
    assert {package: version for package, version in locked.items() if tested.get(package, version) != version} == {}


def test_the_api_has_no_package_of_the_workers() -> None:
    assert {"openai", "cohere", "instructor", "procrastinate", "psycopg"} & set(
        _pins(ROOT / "requirements" / "api.txt")
    ) == set()


@pytest.mark.parametrize(("lock", "extras"), [("api", ["api"]), ("worker", ["worker"]), ("evals", ["evals"])])
def test_a_lock_has_every_package_that_the_project_asks_for(lock: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [one for extra in extras for one in project["optional-dependencies"][extra]]
    names = {re.split(r"[\[<>=!;~ ]", one)[0].lower() for one in wanted}
    assert names - set(_pins(ROOT / "requirements" / f"{lock}.txt")) == set()
