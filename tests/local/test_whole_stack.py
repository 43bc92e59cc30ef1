"""`make up` from its first line to its last process, with a stand-in for the services themselves."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.local.postmaster import Postmaster
from app.settings import child_environment

STAND_IN = Path(__file__).parent / "stand_in.py"
UP = f"""
import sys
from app.errors import PrashnaError
from app.local.terminal import Terminal
from app.local.up import up
from app.settings import Settings
try:
    up(Settings.from_env(), Terminal(), program=[sys.executable, {str(STAND_IN)!r}])
except PrashnaError as error:
    raise SystemExit(str(error))
"""
READY = "Ctrl-C stops everything."


@dataclass
class Run:
    """One `make up`, and what it has printed so far."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    async def until(self, wanted: str) -> str:
        """Read on to a line with this in it."""
        assert self.process.stdout
        async with asyncio.timeout(60):
            async for raw in self.process.stdout:
                self.lines.append(raw.decode().rstrip())
                if wanted in self.lines[-1]:
                    return self.lines[-1]
        raise AssertionError(f"{wanted!r} was not said in: {self.lines}")

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; the exit code."""
        assert self.process.stdout
        self.process.send_signal(number)
        async with asyncio.timeout(60):
            self.lines += (await self.process.stdout.read()).decode().splitlines()
            return await self.process.wait()

    def pids(self) -> list[int]:
        """Of the services, in the order of their first lines."""
        return [int(pid) for pid in re.findall(r"\| pid (\d+)", "\n".join(self.lines))]


@asynccontextmanager
async def running(folder: Path, port: int) -> AsyncIterator[Run]:
    environment = child_environment(PRASHNA_HOME=str(folder), PRASHNA_PORT=str(port), DATABASE_URL="")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        UP,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    run = Run(process)
    try:
        yield run
    finally:
        if process.returncode is None:
            await run.end()


def any_alive(pids: list[int]) -> bool:
    return any(Path(f"/proc/{pid}").exists() for pid in pids)


async def test_a_first_start_shows_its_steps_and_ends_with_the_login_address(folder: Path, free_port: int) -> None:
    async with running(folder / "a home", free_port) as run:
        address = await run.until("Open http")
        assert address.strip() == f"Open http://127.0.0.1:{free_port}/#token=demo.token.signature"
        said = "\n".join(run.lines)
        order = ["database: creating", "database: ready", "migrating", "content polity | polity: starter content",
                 "You asked: What is the 73rd", "prashna: ready"]  # fmt: skip
        assert [word for word in order if word in said] == order
        assert [said.index(word) for word in order] == sorted(said.index(word) for word in order)


async def test_sigterm_ends_every_process_and_the_server(folder: Path, free_port: int) -> None:
    async with running(folder, free_port) as run:
        await run.until(READY)
        pids = run.pids()
        assert len(pids) == 3
        assert await run.end() == 0
    assert (any_alive(pids), Postmaster.of(folder / "postgres")) == (False, None)


async def test_ctrl_c_while_starting_leaves_nothing_behind(folder: Path, free_port: int) -> None:
    async with running(folder, free_port) as run:
        await run.until("database: creating")
        assert await run.end(signal.SIGINT) in (0, 1, -signal.SIGINT)
    assert Postmaster.of(folder / "postgres") is None


async def test_a_crashed_service_is_started_again(folder: Path, free_port: int) -> None:
    async with running(folder, free_port) as run:
        await run.until(READY)
        os.kill(run.pids()[0], signal.SIGKILL)
        await run.until("killed by SIGKILL; starting again in 0.5 s")
        await run.until("| pid ")


async def test_a_database_that_died_is_started_again(folder: Path, free_port: int) -> None:
    async with running(folder, free_port) as run:
        await run.until(READY)
        before = Postmaster.of(folder / "postgres")
        assert before
        os.kill(before.pid, signal.SIGKILL)

        await run.until("died; starting it again")
        async with asyncio.timeout(30):
            while not ((after := Postmaster.of(folder / "postgres")) and after.ready):
                await asyncio.sleep(0.1)
        assert after.pid != before.pid


async def test_a_second_start_is_refused_and_the_first_goes_on(folder: Path, free_port: int) -> None:
    async with running(folder, free_port) as first:
        await first.until(READY)
        async with running(folder, free_port) as second:
            line = await second.until("already running")
            assert f"pid {first.process.pid}, http://127.0.0.1:{free_port}" in line
            assert await second.process.wait() == 1
        assert any_alive(first.pids())


async def test_two_homes_on_two_ports_live_side_by_side(folder: Path, free_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        other_port = int(probe.getsockname()[1])
    async with running(folder / "one", free_port) as one, running(folder / "two", other_port) as two:
        await asyncio.gather(one.until(READY), two.until(READY))
        assert await one.end() == 0
        assert Postmaster.of(folder / "two" / "postgres")


async def test_killed_it_leaves_no_service_and_the_next_start_works(folder: Path, free_port: int) -> None:
    async with running(folder, free_port) as run:
        await run.until(READY)
        run.process.kill()
        await run.process.wait()
        async with asyncio.timeout(20):
            while any_alive(run.pids()):
                await asyncio.sleep(0.05)
    async with running(folder, free_port) as run:
        await run.until(READY)
    assert Postmaster.of(folder / "postgres") is None
