"""Everything that `make up` starts once there is a database, from migrations to the page's address."""

import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from app.db import migrate
from app.local.child import Command, ending
from app.local.content import CONTENT, StarterContent
from app.local.home import Home
from app.local.readiness import wait_until_ready
from app.local.supervisor import Supervisor
from app.local.terminal import Terminal
from app.settings import Settings, child_environment

PROGRAM = (sys.executable, "-m", "app.cli")
SAMPLE_QUESTION = "What is the 73rd Constitutional Amendment?"
_READY_SECONDS = 120.0
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class Stack:
    """The services of one home on one port, as child processes of this one."""

    def __init__(
        self,
        settings: Settings,
        terminal: Terminal,
        *,
        program: Sequence[str] = PROGRAM,
        content: Path = CONTENT,
    ) -> None:
        """`program` is the command line whose subcommands are run; `content` holds a folder for each domain."""
        self._settings = settings
        self._terminal = terminal
        self._program = program
        self._content = content
        # Every process finds the database and the demo secret by the home, wherever it is started.
        self._environment = child_environment(PRASHNA_HOME=str(Home(settings.home).path), PYTHONUNBUFFERED="1")

    async def run(self, dsn: str, supervisor: Supervisor) -> None:
        """Start everything, show one answer and the address, and serve until this task is cancelled."""
        self._terminal.step("database", "migrating")
        await migrate.upgrade(dsn, revisions=self._settings.operations.revisions)
        content = StarterContent(self._content, self._terminal, self._command)
        empty = await content.empty_domains(dsn)
        self._start(self._workers(), supervisor)
        login = asyncio.create_task(self._login(supervisor))
        try:
            for domain in empty:
                await content.load(domain, supervisor)
            # Last, so that whoever waits for /readyz on a first run finds all of the starter content live.
            self._start([self._command("api", "serve")], supervisor)
            await self._wait_until_ready()
            await self._ask(supervisor)
            self._announce(await login)
            await asyncio.Event().wait()
        finally:
            login.cancel()

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the page."""
        return address(self._settings)

    def _start(self, services: Sequence[Command], supervisor: Supervisor) -> None:
        for service in services:
            self._terminal.step(service.name, "starting")
            supervisor.keep(service)

    def _workers(self) -> list[Command]:
        count = self._settings.chat.worker_processes
        names = ["chat worker"] if count == 1 else [f"chat worker {number}" for number in range(1, count + 1)]
        chat = [self._command(name, "worker", "--queue", "chat") for name in names]
        return [*chat, self._command("bulk worker", "worker", "--queue", "bulk")]

    def _command(self, name: str, *arguments: str) -> Command:
        return Command(name, [*self._program, *arguments], self._environment)

    async def _wait_until_ready(self) -> None:
        self._terminal.step("api", "waiting until it is ready")
        await wait_until_ready(
            _reachable(self._settings.server.host),
            self._settings.server.port,
            seconds=_READY_SECONDS,
            remind=lambda: self._terminal.step("api", "still waiting"),
        )

    async def _ask(self, supervisor: Supervisor) -> None:
        self._terminal.step("sample question", SAMPLE_QUESTION)
        code = await supervisor.run(self._command("sample question", "ask", SAMPLE_QUESTION), self._terminal.plain)
        if code:
            self._terminal.step("sample question", f"not answered ({ending(code)})")

    async def _login(self, supervisor: Supervisor) -> str:
        """The fragment of a demo login; empty where tokens are signed elsewhere."""
        said: list[str] = []
        await supervisor.run(self._command("token", "token", "--user", "demo"), said.append)
        return next((f"#token={line}" for line in reversed(said) if _TOKEN.fullmatch(line)), "")

    def _announce(self, login: str) -> None:
        self._terminal.step("prashna", "ready")
        self._terminal.plain(f"\n  Open {self.address}/{login}\n  Ctrl-C stops everything.\n")


def address(settings: Settings) -> str:
    """The service's address as a browser on this machine types it."""
    host = _reachable(settings.server.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.server.port}"


def _reachable(host: str) -> str:
    # "Every address" is for listening; nobody can connect to it.
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
