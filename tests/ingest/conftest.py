"""The real embedded model, once for this folder, and a content desk on a database of the test's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from content_desk import Desk

from app.resources import open_embedders
from app.settings import Settings
from ingest.apply import Models


@pytest.fixture(scope="session")
async def models() -> AsyncIterator[Models]:
    """The models without any key."""
    async with open_embedders(Settings.from_env({})) as (embedded, embedders):
        yield Models(embedded.model.offsets, embedders)


@pytest.fixture
def desk(database: str, models: Models, tmp_path: Path) -> Desk:
    """An empty folder and a migrated database without content."""
    folder = tmp_path / "texts"
    folder.mkdir()
    return Desk(database, models, folder)
