"""Namespaces made and filled in this process, as the operator's command does it in its own."""

from pathlib import Path

from shelf import Shelf
from stand_in import StandIn

from app.db import catalog, cutovers, embeddings
from app.db.catalog import Namespace
from app.db.cutover_files import Step
from app.jobs import worker
from app.retrieval.embedder import Embedders


def stand_ins(*models: tuple[str, int]) -> Embedders:
    """An embedder for each of these models."""
    return Embedders([StandIn(name, dimensions) for name, dimensions in models])


async def embed(dsn: str, *models: tuple[str, int]) -> None:
    """Work on the bulk queue until it is empty."""
    await worker.run_bulk(dsn, stand_ins(*models), until_idle=True)


async def begin(dsn: str, shelf: Shelf, name: str, model: tuple[str, int], revisions: Path) -> Namespace:
    """What `embeddings migrate` does first: the namespace, and jobs for all that is wanted."""
    await cutovers.advance(dsn, Step(shelf.domain, "creation", name, *model), revisions=revisions)
    async with shelf.desk.transaction():
        wanted = await embeddings.wanted_versions(shelf.desk, shelf.domain)
        await embeddings.defer_embedding(shelf.desk, shelf.domain, wanted, embeddings.MIGRATION_PRIORITY)
    [space] = await catalog.live_namespaces(shelf.desk, shelf.domain, ["building"])
    return space


async def pass_gate(shelf: Shelf, space: Namespace) -> None:
    """The record of a gate that passed: what it measures is not what these tests are about."""
    await shelf.desk.execute("UPDATE catalog.namespaces SET gate_report = '{\"passed\": true}' WHERE id = $1", space.id)


async def cut_over(dsn: str, shelf: Shelf, space: Namespace, revisions: Path) -> None:
    """To this namespace from the active one."""
    [active] = await catalog.live_namespaces(shelf.desk, shelf.domain, ["active"])
    step = Step(shelf.domain, "cutover", space.name, space.model, space.dimensions, previous=active.name)
    await cutovers.advance(dsn, step, revisions=revisions)
