"""A database with all of content/ in it, taken in by the content desk's own code."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from support.postgres import named, new_name, statement

from app.db.content import Revision
from app.local.content import CONTENT
from app.resources import open_embedders
from app.settings import Settings
from ingest.apply import Models, Wish, apply
from ingest.report import SilentReport


@asynccontextmanager
async def database_with_starter_content(postgres: str, template: str) -> AsyncIterator[str]:
    """The dsn of a clone of the template with every domain of content/; dropped afterwards. Takes most of a minute."""
    name = new_name("content")
    await statement(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    dsn = named(postgres, name)
    try:
        async with open_embedders(Settings.from_env({})) as (embedded, embedders):
            models = Models(embedded.model.offsets, embedders)
            for folder in sorted(path for path in CONTENT.iterdir() if path.is_dir()):
                wish = Wish([str(folder)], folder.name, None, Revision("apply", "starter content", "tests"))
                await apply(dsn, wish, models, SilentReport())
        await statement(dsn, "ANALYZE")
        yield dsn
    finally:
        await statement(postgres, f"DROP DATABASE {name} WITH (FORCE)")
