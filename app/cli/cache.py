"""`prashna cache`: stored answers."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.cli import environment, terminal

group = typer.Typer(name="cache", no_args_is_help=True, help="Stored answers.")


@group.command("explain")
def explain_cache(
    cached: Annotated[str | None, typer.Argument(help="the question that an answer is stored for")] = None,
    asked: Annotated[str | None, typer.Argument(help="the question of another student")] = None,
    pairs: Annotated[Path | None, typer.Option(help='JSON Lines of {"cached", "asked"}; - is standard input')] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Say whether the answer to one question would be served to another, and why. Needs no database."""
    from app.local import cache_desk, json_rows

    if (pairs is None) == (cached is None) or (cached is None) != (asked is None):
        raise typer.BadParameter('give "cached question" "asked question", or --pairs FILE')
    settings = environment.read_settings(quiet=True)
    typed = {"cached": cached, "asked": asked}
    try:
        given = cache_desk.read_pairs(pairs) if pairs else [cache_desk.pair(typed, "the command line")]
    except json_rows.BadRows as error:
        typer.echo(f"prashna: {error}", err=True)
        raise typer.Exit(2) from None
    cache_desk.explain(settings, given, as_json=as_json, say=typer.echo, note=terminal.progress)


@group.command("stats")
def cache_stats(as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False) -> None:
    """Stored answers, hits, money saved, and hits that students marked as wrong."""
    from app.local import cache_desk

    with environment.database(environment.read_settings(quiet=True)) as dsn:
        asyncio.run(cache_desk.stats(dsn, as_json=as_json, say=typer.echo))


@group.command()
def purge(yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False) -> None:
    """Empty the cache of answers."""
    from app.local import desk

    settings = environment.read_settings()
    terminal.confirmed("Remove every stored answer?", yes=yes)
    with environment.database(settings) as dsn:
        gone = asyncio.run(desk.purge_cache(dsn))
    typer.echo(f"{gone} stored answers removed.")
