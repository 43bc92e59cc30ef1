"""Children are shown, restarted and ended, whatever they do."""

import asyncio
import io
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.local.child import Command
from app.local.supervisor import Backoff, Supervisor
from app.local.terminal import Terminal

QUICK = Backoff(first=0.02, longest=0.08, steady=5)
DEAF = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
SLEEPER = "import os,time; print(os.getpid(), flush=True); time.sleep(60)"

SUPERVISING = f"""
import asyncio, os, sys
from app.local.child import Command
from app.local.supervisor import Supervisor
from app.local.terminal import Terminal
async def main():
    async with Supervisor(Terminal()) as supervisor:
        supervisor.keep(Command("worker", [sys.executable, "-c", {SLEEPER!r}], dict(os.environ)))
        await asyncio.Event().wait()
asyncio.run(main())
"""


class Screen(Terminal):
    """A terminal that can be read."""

    def __init__(self) -> None:
        self.text = io.StringIO()
        self.changed = asyncio.Event()
        super().__init__(self.text)

    def plain(self, text: str) -> None:
        super().plain(text)
        self.changed.set()

    async def until(self, shown: Callable[[str], bool]) -> str:
        async with asyncio.timeout(10):
            while not shown(self.text.getvalue()):
                self.changed.clear()
                await self.changed.wait()
        return self.text.getvalue()


def python(name: str, code: str) -> Command:
    return Command(name, [sys.executable, "-c", code], dict(os.environ))


def alive(pid: int) -> bool:
    try:
        # A killed orphan may stay as a zombie until somebody collects it.
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while alive(pid):
            await asyncio.sleep(0.01)


@pytest.fixture
def screen() -> Screen:
    return Screen()


async def test_lines_of_both_streams_carry_the_name(screen: Screen) -> None:
    async with Supervisor(screen) as supervisor:
        code = await supervisor.run(python("api", "import sys; print('out', flush=True); sys.stderr.write('err\\n')"))
    assert (code, screen.text.getvalue()) == (0, "api | out\napi | err\n")


async def test_a_command_run_once_gives_its_exit_code_and_its_lines(screen: Screen) -> None:
    said: list[str] = []
    async with Supervisor(screen) as supervisor:
        code = await supervisor.run(python("once", "print('a'); print('b'); raise SystemExit(3)"), said.append)
    assert (code, said, screen.text.getvalue()) == (3, ["a", "b"], "")


async def test_an_endless_line_does_not_stop_the_lines_after_it(screen: Screen) -> None:
    async with Supervisor(screen) as supervisor:
        await supervisor.run(python("api", "print('x' * 3_000_000); print('after')"))
    assert screen.text.getvalue().endswith("api | after\n")


async def test_a_crashed_process_is_started_again_with_growing_waits(screen: Screen) -> None:
    async with Supervisor(screen, backoff=QUICK) as supervisor:
        supervisor.keep(python("worker", "raise SystemExit(7)"))
        text = await screen.until(lambda shown: shown.count("starting again") >= 4)
    waits = [line.split("worker: ")[1] for line in text.splitlines() if "starting again" in line][:4]
    assert waits == [f"ended with code 7; starting again in {wait} s" for wait in ("0.02", "0.04", "0.08", "0.08")]


async def test_a_killed_process_is_named_by_its_signal(screen: Screen) -> None:
    async with Supervisor(screen, backoff=QUICK) as supervisor:
        supervisor.keep(python("worker", SLEEPER))
        shown = await screen.until(lambda text: "worker | " in text)
        os.kill(int(shown.split("worker | ")[1]), signal.SIGKILL)
        await screen.until(lambda text: "killed by SIGKILL; starting again" in text and text.count("worker | ") == 2)


def test_a_steady_run_resets_the_wait() -> None:
    backoff = Backoff()
    assert [backoff.after(0, 1), backoff.after(0.5, 1), backoff.after(30, 1), backoff.after(16, 61)] == [
        0.5,
        1,
        30,
        0.5,
    ]


async def test_a_crash_is_noticed_while_a_grandchild_still_holds_the_output(screen: Screen) -> None:
    code = f"import subprocess,sys; subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]); raise SystemExit(1)"
    async with Supervisor(screen, backoff=QUICK) as supervisor:
        async with asyncio.timeout(10):
            assert await supervisor.run(python("api", code)) == 1


async def test_leaving_ends_children_and_grandchildren(screen: Screen) -> None:
    nested = f"import subprocess,sys,time; subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]); {SLEEPER}"
    async with Supervisor(screen) as supervisor:
        supervisor.keep(python("api", nested))
        supervisor.keep(python("worker", SLEEPER))
        text = await screen.until(lambda shown: shown.count(" | ") == 3)
    pids = [int(line.split(" | ")[1]) for line in text.splitlines()]
    for pid in pids:
        await until_gone(pid)


async def test_a_process_deaf_to_sigterm_is_killed_after_the_grace(screen: Screen) -> None:
    started = time.monotonic()
    async with Supervisor(screen, grace=0.3) as supervisor:
        supervisor.keep(python("worker", DEAF))
        await screen.until(lambda text: "deaf" in text)
    assert time.monotonic() - started < 5


async def test_kill_does_not_wait_for_the_grace(screen: Screen) -> None:
    started = time.monotonic()
    supervisor = Supervisor(screen, grace=20)
    async with supervisor:
        supervisor.keep(python("worker", DEAF))
        await screen.until(lambda text: "deaf" in text)
        asyncio.get_running_loop().call_later(0.2, supervisor.kill)
    assert time.monotonic() - started < 10


async def test_a_command_that_cannot_start_is_tried_again(screen: Screen) -> None:
    async with Supervisor(screen, backoff=QUICK) as supervisor:
        supervisor.keep(Command("ghost", ["/no/such/program"], {}))
        await screen.until(lambda text: text.count("could not be started") >= 2)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
async def test_children_end_when_the_supervisor_is_killed() -> None:
    supervising = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SUPERVISING, stdout=asyncio.subprocess.PIPE
    )
    assert supervising.stdout
    pid = int((await supervising.stdout.readline()).split(b" | ")[1])
    assert alive(pid)
    supervising.kill()
    await supervising.wait()
    await until_gone(pid)
