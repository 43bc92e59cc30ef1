"""The `prashna ingest` commands that change content, as plain functions; app.cli gives them names and options."""

import getpass
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console

from app.amounts import amount
from app.db.content import Kind, Revision
from app.db.engine import ConnectionLost, DatabaseError
from app.errors import PrashnaError
from app.resources import open_embedders
from app.retrieval.embedder import at_worker
from app.settings import Settings
from ingest import changes, files, report
from ingest.apply import Models, Wish, apply
from ingest.changes import Changed, Confirm
from ingest.document import one_line
from ingest.forecast import forecast
from ingest.label import Label
from ingest.report import Report
from ingest.summary import ALL_IN, NOTHING_IN

GOLDEN = Path(__file__).parent.parent / "evals" / "golden_set.json"


async def run_apply(
    dsn: str,
    settings: Settings,
    paths: Sequence[str | Path],
    domain: str,
    label: str | None = None,
    message: str | None = None,
    author: str | None = None,
    *,
    draft: bool = False,
    prune: bool = False,
    wait: bool = True,
    metadata: str | None = None,
    kind: str | None = None,
    as_json: bool = False,
) -> int:
    """Take the paths in and say so on standard output; the exit status (see Summary.exit_code)."""
    names = [str(path) for path in paths]

    async def run(watched: Report) -> int:
        wish = Wish(
            names,
            domain,
            Label.parse(label) if label is not None else None,
            _revision("apply", message or " ".join(map(files.shown, names)), author),
            draft=draft,
            prune=prune,
            wait=wait,
            metadata=metadata,
            kind=kind,
        )
        async with _models(settings, dsn) as models:
            summary = await apply(dsn, wish, models, watched)
        summary.trouble = at_worker(summary.trouble)
        if as_json:
            print_json(summary.as_json())
        else:
            report.summarise(watched, summary)
        if summary.trouble:
            report.fail(summary.trouble)
        return summary.exit_code

    return await _reported(run, quiet=as_json)


async def run_plan(
    dsn: str,
    settings: Settings,
    paths: Sequence[str | Path],
    domain: str,
    label: str | None = None,
    *,
    draft: bool = False,
    prune: bool = False,
    metadata: str | None = None,
    kind: str | None = None,
    as_json: bool = False,
) -> int:
    """Say what `run_apply` would do. Writes nothing; the exit status is what an apply's would be."""
    names = [str(path) for path in paths]

    async def run(watched: Report) -> int:
        named = Label.parse(label) if label is not None else None
        revision = Revision("apply", "a plan", "nobody")
        wish = Wish(names, domain, named, revision, draft=draft, prune=prune, metadata=metadata, kind=kind)
        async with _models(settings, dsn) as models:
            forecasted = await forecast(
                dsn,
                wish,
                models,
                golden=settings.operations.golden or GOLDEN,
                dense_weight=settings.chat.dense_weight,
            )
        if as_json:
            print_json(forecasted.as_json())
        else:
            forecasted.say(watched)
        return forecasted.summary.exit_code

    return await _reported(run, quiet=as_json)


async def run_publish(
    dsn: str,
    settings: Settings,
    number: int | None,
    domain: str | None,
    confirm: Confirm,
    message: str | None = None,
    author: str | None = None,
    *,
    as_json: bool = False,
) -> int:
    """Make the drafts of a revision live; the exit status: 0 done, 1 not."""

    async def publish(watched: Report) -> Changed:
        revision = _revision("publish", message or "", author)
        async with _models(settings, dsn) as models:
            return await changes.publish(dsn, number, domain, revision, models, watched, confirm)

    return await _changed(publish, "live", as_json=as_json)


async def run_withdraw(
    dsn: str,
    domain: str,
    keys: Sequence[str],
    confirm: Confirm,
    message: str | None = None,
    author: str | None = None,
    *,
    as_json: bool = False,
) -> int:
    """Take documents out at once; the exit status: 0 done, 1 not."""

    async def withdraw(_: Report) -> Changed:
        revision = _revision("withdraw", message or " ".join(keys), author)
        confirm(f"Withdraw {', '.join(keys)} from {domain}?")
        return await changes.withdraw(dsn, domain, keys, revision)

    return await _changed(withdraw, "withdrawn", as_json=as_json)


async def run_undo(
    dsn: str,
    settings: Settings,
    number: int | None,
    domain: str | None,
    confirm: Confirm,
    message: str | None = None,
    author: str | None = None,
    *,
    as_json: bool = False,
) -> int:
    """Take a revision back; the exit status: 0 done, 1 not."""

    async def undo(watched: Report) -> Changed:
        revision = _revision("undo", message or "", author)
        async with _models(settings, dsn) as models:
            return await changes.undo(dsn, number, domain, revision, models, watched, confirm)

    return await _changed(undo, "as before", as_json=as_json)


def login_name() -> str:
    """Who is at the keyboard, as far as the system knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user may have no name
        return "unknown"


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


@asynccontextmanager
async def _models(settings: Settings, dsn: str) -> AsyncIterator[Models]:
    async with open_embedders(settings, dsn) as (embedded, embedders):
        yield Models(embedded.model.offsets, embedders)


def _revision(kind: Kind, message: str, author: str | None) -> Revision:
    return Revision(kind, one_line(message), one_line(author or login_name()))


async def _changed(make: Callable[[Report], Awaitable[Changed]], state: str, *, as_json: bool) -> int:
    """Have the revision made and say so; `state` is what its documents are now. The exit status."""

    async def run(watched: Report) -> int:
        changed = await make(watched)
        trouble, warnings = at_worker(changed.trouble), changes.said_newer(changed.newer)
        if as_json:
            print_json(
                {
                    "revision": changed.number,
                    "domain": changed.domain,
                    "undoes": changed.undoes,
                    "documents": changed.keys,
                    "warnings": warnings,
                    "trouble": trouble or None,
                }
            )
        else:
            report.some(watched, "warning", warnings)
            which = f"revision {changed.number}" + (f" undoes {changed.undoes}" if changed.undoes else "")
            documents = amount(len(changed.keys), "document")
            watched.say(f"{which}: {documents} of {changed.domain}, {'not all' if trouble else 'now'} {state}")
        if trouble:
            report.fail(f"not live yet: {trouble}")
        return NOTHING_IN if trouble else ALL_IN

    return await _reported(run, quiet=as_json)


async def _reported(run: Callable[[Report], Awaitable[int]], *, quiet: bool) -> int:
    """What `run` says goes to the terminal, or with `quiet` nowhere; errors go to standard error. Its exit status."""
    try:
        return await run(report.SilentReport() if quiet else report.choose(Console()))
    except PrashnaError as error:
        report.fail(str(error))
        return NOTHING_IN
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        raise
    except (DatabaseError, *ConnectionLost) as error:
        report.fail(f"the database gave up ({type(error).__name__}): {error}; run it again, what is in stays in")
        return NOTHING_IN
