"""`prashna ingest`: the content desk, as names and options; package ingest has the commands."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli import environment, terminal
from app.local.server import check_made, database
from app.settings import Settings

group = typer.Typer(name="ingest", no_args_is_help=True, help="The content desk.")

Paths = Annotated[list[Path], typer.Argument(help="files, folders, patterns; - is standard input")]
Label = Annotated[str | None, typer.Option(help='names rows, such as "Article {number}"')]
InDomain = Annotated[str, typer.Option("--domain", help="the domain the documents belong to")]
Metadata = Annotated[str | None, typer.Option(help="keys for files that cannot carry any, by file: CSV, JSONL or JSON")]
FileKind = Literal["markdown", "text", "html", "pdf", "docx", "csv", "jsonl"]
Format = Annotated[FileKind | None, typer.Option("--format", help="what the files named are, whatever their suffix")]
OfDomain = Annotated[str | None, typer.Option("--domain", help="of this domain alone")]
Number = Annotated[int | None, typer.Argument(help="the revision's number")]
Message = Annotated[str | None, typer.Option(help="why; it goes into the log")]
Author = Annotated[str | None, typer.Option(help="who; by default the login name")]
Draft = Annotated[bool, typer.Option("--draft", help="stop before it is live; `publish` goes on")]
Prune = Annotated[bool, typer.Option("--prune", help="take out documents whose file under the paths is gone")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document")]
Yes = Annotated[bool, typer.Option("--yes", help="do not ask")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="see it live, or leave that to a bulk worker")]


@contextmanager
def _desk() -> Iterator[tuple[str, Settings]]:
    """The dsn of a database that is there, and the settings, for a command of the content desk."""
    settings = environment.read_settings(quiet=True)
    check_made(settings)
    with database(settings) as dsn:
        yield dsn, settings


@group.command("plan")
def plan(
    paths: Paths,
    domain: InDomain,
    label: Label = None,
    metadata: Metadata = None,
    kind: Format = None,
    draft: Draft = False,
    prune: Prune = False,
    as_json: AsJson = False,
) -> None:
    """Say what an apply would do: to documents, costs, stored answers and golden questions. Writes nothing."""
    from ingest import commands

    with _desk() as (dsn, settings):
        planned = commands.run_plan(
            dsn,
            settings,
            paths,
            domain,
            label,
            draft=draft,
            prune=prune,
            metadata=metadata,
            kind=kind,
            as_json=as_json,
        )
        code = asyncio.run(planned)
    raise typer.Exit(code)


@group.command("apply")
def apply(
    paths: Paths,
    domain: InDomain,
    label: Label = None,
    metadata: Metadata = None,
    kind: Format = None,
    message: Annotated[str | None, typer.Option(help="why; by default the paths")] = None,
    author: Author = None,
    draft: Draft = False,
    prune: Prune = False,
    wait: Wait = True,
    as_json: AsJson = False,
) -> None:
    """Put documents in as one revision. Exit code 0: all in or unchanged; 1: nothing in or live; 3: some rejected."""
    from ingest import commands

    with _desk() as (dsn, settings):
        applied = commands.run_apply(
            dsn,
            settings,
            paths,
            domain,
            label,
            message,
            author,
            draft=draft,
            prune=prune,
            wait=wait,
            metadata=metadata,
            kind=kind,
            as_json=as_json,
        )
        code = asyncio.run(applied)
    raise typer.Exit(code)


@group.command()
def publish(
    revision: Number = None,
    domain: OfDomain = None,
    message: Message = None,
    author: Author = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make the drafts of a revision live, of the latest one with drafts without a number."""
    from ingest import commands

    with _desk() as (dsn, settings):
        code = asyncio.run(
            commands.run_publish(
                dsn,
                settings,
                revision,
                domain,
                lambda question: terminal.confirmed(question, yes=yes),
                message,
                author,
                as_json=as_json,
            )
        )
    raise typer.Exit(code)


@group.command()
def withdraw(
    keys: Annotated[list[str], typer.Argument(help="keys of documents; `list` shows them")],
    domain: InDomain,
    message: Message = None,
    author: Author = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take documents out at once."""
    from ingest import commands

    with _desk() as (dsn, _):
        code = asyncio.run(
            commands.run_withdraw(
                dsn,
                domain,
                keys,
                lambda question: terminal.confirmed(question, yes=yes),
                message,
                author,
                as_json=as_json,
            )
        )
    raise typer.Exit(code)


@group.command()
def undo(
    revision: Number = None,
    domain: OfDomain = None,
    message: Message = None,
    author: Author = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Restore what was live before a revision, before the latest one without a number."""
    from ingest import commands

    with _desk() as (dsn, settings):
        code = asyncio.run(
            commands.run_undo(
                dsn,
                settings,
                revision,
                domain,
                lambda question: terminal.confirmed(question, yes=yes),
                message,
                author,
                as_json=as_json,
            )
        )
    raise typer.Exit(code)


@group.command("list")
def list_documents(
    domain: OfDomain = None,
    everything: Annotated[bool, typer.Option("--all", help="old versions too")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the documents: what is live, what waits, what is a draft."""
    from ingest import views

    with _desk() as (dsn, _):
        code = asyncio.run(views.run_list(dsn, domain, everything=everything, as_json=as_json))
    raise typer.Exit(code)


@group.command()
def status(domain: OfDomain = None, as_json: AsJson = False) -> None:
    """Show how the domains stand: live, drafts, what waits for its embeddings and why."""
    from ingest import views

    with _desk() as (dsn, _):
        code = asyncio.run(views.run_status(dsn, domain, as_json=as_json))
    raise typer.Exit(code)


@group.command()
def log(
    domain: OfDomain = None,
    limit: Annotated[int, typer.Option(min=1, help="how many")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the newest revisions: what was changed, by whom, why."""
    from ingest import views

    with _desk() as (dsn, _):
        code = asyncio.run(views.run_log(dsn, domain, limit=limit, as_json=as_json))
    raise typer.Exit(code)


@group.command()
def diff(revision: Number = None, domain: OfDomain = None, as_json: AsJson = False) -> None:
    """Show what a revision, or the latest one, changed of the texts, passage by passage."""
    from ingest import views

    with _desk() as (dsn, _):
        code = asyncio.run(views.run_diff(dsn, revision, domain, as_json=as_json))
    raise typer.Exit(code)


@group.command()
def show(
    key: Annotated[str, typer.Argument(help="a document's key; `list` shows them")],
    domain: InDomain,
    version: Annotated[int | None, typer.Option(help="its number; by default the live one")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the passages of a version as students' answers cite them."""
    from ingest import views

    with _desk() as (dsn, _):
        code = asyncio.run(views.run_show(dsn, domain, key, version, as_json=as_json))
    raise typer.Exit(code)
