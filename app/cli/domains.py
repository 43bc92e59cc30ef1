"""`prashna domain`: bodies of content."""

import asyncio
from typing import Annotated, Literal

import typer

from app.cli import environment

group = typer.Typer(name="domain", no_args_is_help=True, help="Bodies of content.")

Intent = Literal["factual", "pyq", "essay", "current_affairs"]


@group.command("add")
def add_domain(
    name: Annotated[str, typer.Argument(help="lower-case letters, digits and _")],
    intent: Annotated[Intent, typer.Option(help="the specialist it belongs to")] = "factual",
) -> None:
    """Make a domain; its first namespace is of PRASHNA_EMBEDDER's model."""
    from app.local import desk

    settings = environment.read_settings()
    with environment.database(settings) as dsn:
        asyncio.run(desk.add_domain(settings, dsn, name=name, intent=intent))
    typer.echo(f"Domain {name} is there; fill it with: prashna ingest apply PATH --domain {name}")
    typer.echo("Workers that run already know it after a restart.")
