"""The images, as far as their files tell. `make check-images` lints them and runs their install lines."""

import subprocess
import sys

import pytest
import yaml
from repository import ROOT, tracked_files

sys.path.append(str(ROOT / "scripts"))
from dockerfile import Stage, stages

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
STAGES = stages(ROOT / "Dockerfile")


def _sources() -> list[tuple[str, str]]:
    return [(stage.name, source) for stage in STAGES.values() for copy in stage.copies if not copy.stage
            for source in copy.sources]  # fmt: skip


@pytest.mark.parametrize(("stage", "source"), _sources())
def test_what_an_image_copies_is_in_the_repository(stage: str, source: str) -> None:
    path = ROOT / source
    assert any(path == file or path in file.parents for file in tracked_files())


@pytest.mark.parametrize(("stage", "source"), _sources())
def test_the_build_context_lets_through_what_is_copied(stage: str, source: str) -> None:
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert f"!{source.rstrip('/')}" in allowed or f"!{source}slim.sh" in allowed


def test_no_image_runs_as_root() -> None:
    assert {name: STAGES[name].user for name in ("api", "worker")} == {"api": "10001:10001", "worker": "10001:10001"}


def test_only_the_worker_image_has_the_content_desk_and_the_migrations() -> None:
    assert _code("api") == {"app/"}
    assert _code("worker") == {"app/", "ingest/", "migrations/", "content/"}


def test_locks_are_for_the_python_of_the_images() -> None:
    assert "ARG BASE=python:3.11-slim" in (ROOT / "Dockerfile").read_text()
    assert "with Python 3.11\n" in (ROOT / "requirements" / "api.txt").read_text()


def test_every_service_of_ours_is_built_from_a_stage_that_exists() -> None:
    built = {name: service["build"]["target"] for name, service in COMPOSE["services"].items() if "build" in service}
    assert built == {name: "api" if name == "api" else "worker" for name in COMPOSE["services"] if name != "database"}
    assert set(built.values()) <= set(STAGES)


def test_services_wait_for_what_they_need() -> None:
    waits = {
        name: {other: wait["condition"] for other, wait in service.get("depends_on", {}).items()}
        for name, service in COMPOSE["services"].items()
    }
    migrated = {"migrate": "service_completed_successfully"}
    assert waits == {
        "database": {},
        "migrate": {"database": "service_healthy"},
        "content": migrated,
        "api": migrated | {"content": "service_completed_successfully"},
        "worker": migrated,
        "bulk-worker": migrated,
    }


def test_services_that_serve_come_back_and_those_that_prepare_run_once() -> None:
    policies = {name: service["restart"] for name, service in COMPOSE["services"].items()}
    once = {"migrate", "content"}
    assert policies == {name: "no" if name in once else "unless-stopped" for name in COMPOSE["services"]}


@pytest.mark.parametrize("service", [name for name in COMPOSE["services"] if name != "database"])
def test_our_containers_write_nothing_and_may_nothing(service: str) -> None:
    described = COMPOSE["services"][service]
    assert (described["read_only"], described["cap_drop"]) == (True, ["ALL"])


@pytest.mark.parametrize("service", ["migrate", "api", "worker", "bulk-worker"])
def test_the_command_of_a_service_is_one_of_ours(service: str) -> None:
    described = COMPOSE["services"][service]
    command = described.get("command") or STAGES[described["build"]["target"]].command
    help_text = subprocess.run(
        [sys.executable, "-m", "app.cli", *command, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert help_text.returncode == 0, help_text.stderr


def _code(stage: str) -> set[str]:
    described: Stage = STAGES[stage]
    return {source for copy in described.copies if copy.stage is None for source in copy.sources}
