"""The `prashna embeddings` commands as plain functions; app.cli gives them their names, options and database."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.db import catalog, engine
from app.errors import CutoverRefused
from app.local.embeddings import migration, rollback
from app.local.embeddings.operator import Say
from app.settings import Settings

Confirm = Callable[[str], None]


def migrate(settings: Settings, dsn: str, domain: str | None, model: str, *, confirm: Confirm, say: Say) -> None:
    """Migrate one domain, or all one after the other; one that is refused does not keep the others.

    Raises:
        PrashnaError: one domain: why; all of them: which were refused, each said before.
    """
    wanted: list[str] = []
    refused: list[str] = []
    for name in [domain] if domain else asyncio.run(_domains(dsn)):
        with _noted(name, refused, say, alone=domain is not None):
            intent = asyncio.run(migration.intent(settings, dsn, name, model))
            say(f"  {intent}" if intent else f"  {name} is served by {model} already")
            wanted += [intent.domain] if intent else []
    if wanted:
        confirm("Embed and judge this, and cut over where the gate passes?")
    for name in wanted:
        with _noted(name, refused, say, alone=domain is not None):
            asyncio.run(migration.migrate(settings, dsn, name, model, say))
    if refused:
        raise CutoverRefused(f"not cut over: {', '.join(refused)}; the reasons are above")


def roll_back(settings: Settings, dsn: str, domain: str, *, confirm: Confirm, say: Say) -> None:
    """Take the last step of a domain back.

    Raises:
        PrashnaError: there is none, or it cannot be; says why.
    """
    with _noted(domain, [], say, alone=True):
        question = asyncio.run(rollback.intent(settings, dsn, domain))
    if question:
        confirm(question)
    with _noted(domain, [], say, alone=True):
        asyncio.run(rollback.rollback(settings, dsn, domain, say))


@contextmanager
def _noted(domain: str, refused: list[str], say: Say, *, alone: bool) -> Iterator[None]:
    """What refuses one domain of several is said and counted; alone it is raised."""
    try:
        try:
            yield
        except engine.ConnectionLost:
            raise
        except engine.DatabaseError as error:
            raise CutoverRefused(
                f"the database gave up ({type(error).__name__}: {error}); {domain} is served as before, and the same "
                "command goes on from here"
            ) from error
    except CutoverRefused as error:
        if alone:
            raise
        refused.append(domain)
        say(f"  not cut over: {error}")


async def _domains(dsn: str) -> list[str]:
    connection = await engine.connect(dsn)
    try:
        return [one.name for one in await catalog.domains(connection)]
    finally:
        await connection.close()
