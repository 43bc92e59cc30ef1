"""`prashna embeddings`: other models for what is embedded."""

import asyncio
from typing import Annotated

import typer

from app.cli import environment, terminal

group = typer.Typer(name="embeddings", no_args_is_help=True, help="Embedding models: migrate, look, go back.")


@group.command("migrate")
def migrate_embeddings(
    to: Annotated[str, typer.Option("--to", help="the model, such as text-embedding-3-small; a wrong name lists them")],
    domain: Annotated[str | None, typer.Option(help="the domain to migrate")] = None,
    every: Annotated[bool, typer.Option("--all", help="every domain, one after the other")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Embed a domain by another model beside the service, judge it, and cut over. Goes on where it was killed."""
    if every == (domain is not None):
        raise typer.BadParameter("give --domain D or --all")
    from app.local.embeddings import command

    settings = environment.read_settings(quiet=True)
    with environment.database(settings) as dsn:
        command.migrate(
            settings, dsn, domain, to, confirm=lambda question: terminal.confirmed(question, yes=yes), say=typer.echo
        )


@group.command("status")
def embeddings_status(as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False) -> None:
    """Every namespace: state, progress, rate, time left, what its gate said, until when it is kept."""
    from app.local.embeddings import status

    with environment.database(environment.read_settings(quiet=True)) as dsn:
        asyncio.run(status.status(dsn, as_json=as_json, say=typer.echo))


@group.command("rollback")
def roll_back_embeddings(
    domain: Annotated[str, typer.Option(help="the domain to go back in")],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Serve a domain with the model before its last cutover again; seconds, at any time while that one is kept."""
    from app.local.embeddings import command

    settings = environment.read_settings(quiet=True)
    with environment.database(settings) as dsn:
        command.roll_back(
            settings, dsn, domain, confirm=lambda question: terminal.confirmed(question, yes=yes), say=typer.echo
        )
