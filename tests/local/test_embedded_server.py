"""The embedded server: found, shared, stopped by its last user, and started again after any accident."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import psycopg
import pytest

from app.errors import ConfigurationError
from app.local.cluster import Cluster
from app.local.home import Home
from app.local.postmaster import Postmaster
from app.local.server import database
from app.local.socket_folder import socket_folder
from app.settings import Settings

HOLDER = """
import sys
from app.local.server import database
from app.local.socket_folder import socket_folder
from app.settings import Settings
with database(Settings.from_env({"PRASHNA_HOME": sys.argv[1]})) as dsn:
    print(dsn, flush=True)
    sys.stdin.readline()
"""


def settings(folder: Path, **more: str) -> Settings:
    return Settings.from_env({"PRASHNA_HOME": str(folder), **more})


def hold(folder: Path) -> "subprocess.Popen[str]":
    """Another process that uses the database of this home until it is told to leave."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline().startswith("postgresql://")
    return process


def leave(process: "subprocess.Popen[str]") -> None:
    process.communicate("\n", timeout=30)


async def ask(dsn: str, sql: str = "SELECT current_database()") -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def test_it_runs_for_the_block_and_both_drivers_reach_it(folder: Path) -> None:
    with database(settings(folder)) as dsn:
        assert asyncio.run(ask(dsn)) == "prashna"
        with psycopg.connect(dsn) as connection:
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
    assert Postmaster.of(folder / "postgres") is None


def test_its_settings_are_ours_and_it_listens_on_its_socket_alone(folder: Path) -> None:
    sql = """SELECT array_agg(setting ORDER BY name) FROM pg_settings WHERE name IN
             ('jit', 'listen_addresses', 'max_connections', 'shared_preload_libraries', 'unix_socket_permissions')"""
    with database(settings(folder)) as dsn:
        assert asyncio.run(ask(dsn, sql)) == ["off", "", "200", "pg_stat_statements", "0700"]
        socket = Path(Postmaster.of(folder / "postgres").socket)  # type: ignore[union-attr]
        assert socket.stat().st_mode & 0o777 == 0o700


def test_given_a_database_url_nothing_is_started(folder: Path) -> None:
    with database(settings(folder, DATABASE_URL="postgresql://elsewhere/x")) as dsn:
        assert dsn == "postgresql://elsewhere/x"
    assert list(folder.iterdir()) == []


def test_a_home_may_have_spaces_and_odd_letters_in_its_path(folder: Path) -> None:
    for name in ("a home of mine", 'घर, it\'s 100% "odd"'):
        with database(settings(folder / name)) as dsn:
            assert asyncio.run(ask(dsn)) == "prashna"


def test_a_home_too_long_for_a_socket_works(folder: Path) -> None:
    long = folder / ("long" * 20) / ("longer" * 20)
    long.parent.mkdir()
    for _ in range(2):
        with database(settings(long)) as dsn:
            assert asyncio.run(ask(dsn)) == "prashna"
    assert not socket_folder(Home(long)).exists()


def test_two_processes_share_it_and_the_last_one_stops_it(folder: Path) -> None:
    other = hold(folder)
    with database(settings(folder)) as dsn:
        leave(other)
        assert asyncio.run(ask(dsn)) == "prashna"
        third = hold(folder)
    assert Postmaster.of(folder / "postgres")
    leave(third)
    assert Postmaster.of(folder / "postgres") is None


def test_processes_that_start_together_start_one_server(folder: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(folder)]
    together = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate("\n", timeout=60) for process in together]
    assert [(out.startswith("postgresql://"), err) for out, err in said] == [(True, "")] * 4
    assert Postmaster.of(folder / "postgres") is None


def test_terminated_alone_a_process_stops_it(folder: Path) -> None:
    other = hold(folder)
    other.terminate()
    assert (other.wait(30), Postmaster.of(folder / "postgres")) == (128 + signal.SIGTERM, None)
    leave(other)


def test_a_killed_process_leaves_a_server_that_the_next_one_uses_and_stops(folder: Path) -> None:
    other = hold(folder)
    left = Postmaster.of(folder / "postgres")
    other.kill()
    leave(other)
    with database(settings(folder)):
        assert Postmaster.of(folder / "postgres") == left
    assert Postmaster.of(folder / "postgres") is None


def test_it_starts_again_after_its_server_was_killed(folder: Path) -> None:
    with database(settings(folder)) as dsn:
        asyncio.run(ask(dsn, "CREATE TABLE kept AS SELECT 1 AS n"))
        os.kill(Postmaster.of(folder / "postgres").pid, signal.SIGKILL)  # type: ignore[union-attr]
    with database(settings(folder)) as dsn:
        assert asyncio.run(ask(dsn, "SELECT n FROM kept")) == 1


def test_a_pid_file_whose_number_another_process_has_does_not_stop_a_start(folder: Path) -> None:
    with database(settings(folder)):
        text = (folder / "postgres" / "postmaster.pid").read_text()
    lines = text.splitlines()
    # A process of the server's own user: the case that PostgreSQL itself cannot tell from a running server.
    owner = (folder / "postgres").stat().st_uid
    with subprocess.Popen(["sleep", "60"], user=owner if os.geteuid() == 0 else None) as sleeper:
        stale = folder / "postgres" / "postmaster.pid"
        stale.write_text("\n".join([str(sleeper.pid), *lines[1:]]) + "\n")
        with database(settings(folder)) as dsn:
            assert asyncio.run(ask(dsn)) == "prashna"
        sleeper.kill()


def test_a_first_start_cut_short_is_made_good(folder: Path) -> None:
    half = folder / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with database(settings(folder)) as dsn:
        assert asyncio.run(ask(dsn)) == "prashna"


def test_a_port_asks_for_a_password_and_stays_on_this_machine(folder: Path, free_port: int) -> None:
    with database(settings(folder, PRASHNA_DATABASE_PORT=str(free_port))) as dsn:
        tcp = Cluster(Home(folder)).tcp_dsn()
        assert asyncio.run(ask(dsn, "SHOW listen_addresses")) == "127.0.0.1"
        assert asyncio.run(ask(tcp)) == "prashna"
        with pytest.raises(asyncpg.InvalidPasswordError):
            asyncio.run(ask(f"postgresql://postgres:guess@127.0.0.1:{free_port}/prashna"))


def test_a_busy_port_is_refused_by_the_name_of_its_setting(folder: Path, busy_port: int) -> None:
    with (
        pytest.raises(ConfigurationError, match="PRASHNA_DATABASE_PORT"),
        database(settings(folder, PRASHNA_DATABASE_PORT=str(busy_port))),
    ):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
def test_a_closed_parent_folder_is_named_and_left_closed(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(ConfigurationError, match=f"{closed}.*chmod o.x"), database(settings(closed / "home")):
        pass
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_strangers_socket_folder_is_refused(folder: Path) -> None:
    long = folder / ("long" * 30)
    socket = socket_folder(Home(long))
    socket.symlink_to(folder)
    try:
        with pytest.raises(ConfigurationError, match="remove it"), database(settings(long)):
            pass
    finally:
        socket.unlink()
