"""`prashna db`: the database schema."""

import asyncio

import typer

from app.cli import environment

group = typer.Typer(name="db", no_args_is_help=True, help="The database schema.")


@group.command()
def upgrade() -> None:
    """Bring the schema up to date."""
    from app.db import migrate

    settings = environment.read_settings()
    with environment.database(settings, making=True) as dsn:
        asyncio.run(migrate.upgrade(dsn, revisions=settings.operations.revisions))
    typer.echo("The schema is up to date.")
