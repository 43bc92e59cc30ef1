"""The `prashna ingest` commands as plain functions; app.cli gives them their names, options and database."""

import getpass
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from app.db.content import Revision
from app.db.engine import ConnectionLost, DatabaseError
from app.errors import PrashnaError
from app.resources import open_embedders
from app.settings import Settings
from ingest import report
from ingest.apply import Models, Wish, apply
from ingest.document import one_line
from ingest.label import Label
from ingest.summary import NOTHING_IN


async def run_apply(
    dsn: str,
    settings: Settings,
    paths: Sequence[str | Path],
    domain: str,
    label: str | None = None,
    message: str | None = None,
    author: str | None = None,
) -> int:
    """Take the paths in and say so on standard output; the exit status (see Summary.exit_code)."""
    watched = report.choose(Console())
    names = [str(path) for path in paths]
    try:
        revision = Revision("apply", one_line(message or " ".join(names)), one_line(author or login_name()))
        wish = Wish(names, domain, Label.parse(label) if label is not None else None, revision)
        async with open_embedders(settings, dsn) as (embedded, embedders):
            summary = await apply(dsn, wish, Models(embedded.model.offsets, embedders), watched)
    except PrashnaError as error:
        watched.say(f"error: {error}")
        return NOTHING_IN
    except (DatabaseError, *ConnectionLost) as error:
        watched.say(f"error: the database gave up ({type(error).__name__}): {error}; run it again, what is in stays in")
        return NOTHING_IN
    report.summarise(watched, summary)
    return summary.exit_code


def login_name() -> str:
    """Who is at the keyboard, as far as the system knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user may have no name
        return "unknown"
