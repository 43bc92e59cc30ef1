"""`make up` refuses what cannot work before it starts anything."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.local.home import Home
from app.local.stack import address
from app.local.terminal import Terminal
from app.local.up import AlreadyRunning, up
from app.settings import Settings, child_environment


def settings(folder: Path, **more: str) -> Settings:
    return Settings.from_env({"PRASHNA_HOME": str(folder), **more})


def test_a_second_start_says_who_is_running_and_where(folder: Path) -> None:
    with Home(folder).lock("up") as lock:
        lock.take()
        lock.write("pid 4711, http://127.0.0.1:8000")
        with pytest.raises(AlreadyRunning, match=r"already running.*pid 4711, http://127.0.0.1:8000"):
            up(settings(folder), Terminal())


def test_a_busy_port_is_refused_by_the_name_of_its_setting(folder: Path, busy_port: int) -> None:
    with pytest.raises(ConfigurationError, match=f"port {busy_port}.*PRASHNA_PORT"):
        up(settings(folder, PRASHNA_PORT=str(busy_port)), Terminal())
    assert not (folder / "postgres").exists()


def test_a_database_of_the_users_own_needs_a_signing_key(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="PRASHNA_JWT_SECRET"):
        up(settings(folder, DATABASE_URL="postgresql://127.0.0.1/x"), Terminal())


def test_the_command_ends_with_one_and_a_line_where_it_cannot_start(folder: Path, busy_port: int) -> None:
    environment = child_environment(PRASHNA_HOME=str(folder), PRASHNA_PORT=str(busy_port), DATABASE_URL="")
    command = [sys.executable, "-m", "app.local"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "PRASHNA_PORT" in ended.stdout


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8100"),
        ("0.0.0.0", "http://127.0.0.1:8100"),
        ("::1", "http://[::1]:8100"),
        ("study.example", "http://study.example:8100"),
    ],
)
def test_the_address_is_one_that_a_browser_can_open(folder: Path, host: str, expected: str) -> None:
    assert address(settings(folder, PRASHNA_HOST=host, PRASHNA_PORT="8100")) == expected
