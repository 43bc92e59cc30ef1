"""Starter content for every domain that never had any. `python -m app.local.content` puts it in, and no more."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from app import telemetry
from app.db import catalog, engine
from app.errors import PrashnaError
from app.local.child import Command
from app.local.server import database
from app.local.supervisor import Supervisor
from app.local.terminal import Terminal
from app.settings import Settings, child_environment

CONTENT = Path(__file__).parent.parent.parent / "content"
_SOME_REJECTED = 3  # exit code of `ingest apply`


class ContentMissing(PrashnaError):
    """The starter content could not be loaded; the lines above say why."""

    code = "content_missing"


class StarterContent:
    """A folder with a folder for each domain, put in by the same command as an editor's."""

    def __init__(self, folder: Path, terminal: Terminal, command: Callable[..., Command]) -> None:
        """`command(name, *arguments)` makes a subcommand of ours into something to run."""
        self._folder = folder
        self._terminal = terminal
        self._command = command

    async def empty_domains(self, dsn: str) -> list[str]:
        """Domains that wait for their starter content, by name."""
        connection = await engine.connect(dsn, application="up")
        try:
            empty = await catalog.domains_without_content(connection)
        finally:
            await connection.close()
        return [domain for domain in empty if (self._folder / domain).is_dir()]

    async def load(self, domain: str, supervisor: Supervisor) -> None:
        """Put one domain's content in.

        Raises:
            ContentMissing: nothing went in.
        """
        self._terminal.step("starter content", domain)
        command = ("ingest", "apply", str(self._folder / domain), "--domain", domain, "--message", "starter content")
        code = await supervisor.run(self._command(f"content {domain}", *command))
        if code not in (0, _SOME_REJECTED):
            raise ContentMissing(f"the starter content of {domain} could not be loaded; the lines above say why")
        if code == _SOME_REJECTED:
            self._terminal.step("starter content", f"{domain}: some documents were rejected")


def main() -> int:
    """Fill the empty domains of the configured database; the exit code is 0 when none is left."""
    terminal = Terminal()
    try:
        settings = Settings.from_env()
        telemetry.configure(settings.log_level)
        with database(settings) as dsn:
            asyncio.run(_fill(dsn, terminal))
    except PrashnaError as error:
        terminal.step("starter content", str(error))
        return 1
    return 0


async def _fill(dsn: str, terminal: Terminal) -> None:
    def command(name: str, *arguments: str) -> Command:
        return Command(name, [sys.executable, "-m", "app.cli", *arguments], child_environment(PYTHONUNBUFFERED="1"))

    content = StarterContent(CONTENT, terminal, command)
    async with Supervisor(terminal) as supervisor:
        for domain in await content.empty_domains(dsn):
            await content.load(domain, supervisor)
    terminal.step("starter content", "in place")


if __name__ == "__main__":
    sys.exit(main())
