"""What a student does, at a terminal: a token to ask with, a question, and how it came to its answer."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.cli import environment, terminal
from app.errors import ConfigurationError
from app.local.home import Home

group = typer.Typer()


def _student(typed: str) -> str:
    """A student's id that the API would accept from a token."""
    from app.api import auth

    if not typed.strip() or not typed.isprintable() or len(typed) > auth.MAX_SUBJECT:
        raise typer.BadParameter(f"a student's id has 1 to {auth.MAX_SUBJECT} printable characters, not only blanks")
    return typed


@group.command()
def token(user: Annotated[str, typer.Option(help="the student's id", callback=_student)]) -> None:
    """Print a token for a student, valid 24 hours."""
    from app.api import tokens

    settings = environment.read_settings()
    if settings.auth.public_key:
        raise ConfigurationError("tokens are issued by whoever holds the private key of PRASHNA_JWT_PUBLIC_KEY")
    if settings.auth.secret:
        secret = settings.auth.secret.get_secret_value()
    elif settings.database.url:
        raise ConfigurationError("with DATABASE_URL, set PRASHNA_JWT_SECRET")
    else:
        secret = Home(settings.home).demo_secret()
    typer.echo(tokens.issue(secret, student=user, audience=settings.auth.audience, issuer=settings.auth.issuer))


@group.command()
def ask(
    question: Annotated[str, typer.Argument(help="what a student would type")],
    user: Annotated[str, typer.Option(help="the student who asks", callback=_student)] = "demo",
) -> None:
    """Ask a question and read the answer with its citations. Answers in this process when no worker is alive."""
    from app.local import asking

    settings = environment.read_settings(quiet=True)
    with environment.database(settings) as dsn:
        asyncio.run(asking.ask(settings, dsn, question=question, user=user, say=typer.echo))


@group.command()
def explain(
    question: Annotated[str | None, typer.Argument(help="what a student would type")] = None,
    file: Annotated[Path | None, typer.Option(help='JSON Lines of {"query"}; - is standard input')] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
    steps: Annotated[str, typer.Option(help="the parts to show, with commas")] = "route,retrieve,cache,answer",
) -> None:
    """Show how a question is answered: route, passages, cache, answer, what was withheld and why. Writes nothing."""
    if (question is None) == (file is None):
        raise typer.BadParameter('give a "question" or --file FILE')
    from app.local.explain import command

    settings = environment.read_settings(quiet=True)
    try:
        wanted = command.read(question, file, steps)
    except command.BadInput as error:
        typer.echo(f"prashna: {error}", err=True)
        raise typer.Exit(2) from None
    with environment.database(settings) as dsn:
        asyncio.run(command.run(settings, dsn, wanted, as_json=as_json, note=terminal.progress))
