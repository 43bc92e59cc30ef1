"""The short database commands of `prashna`."""

from app.db import cache, catalog, engine, providers
from app.errors import ConfigurationError
from app.retrieval.minilm import MiniLM
from app.settings import Settings


async def add_domain(settings: Settings, dsn: str, *, name: str, intent: str) -> None:
    """Make a domain whose first namespace is of the configured embedder's model.

    Raises:
        ConfigurationError: the name is not usable or taken, or the model is not one we know.
    """
    model, dimensions = MiniLM.name, MiniLM.dimensions
    if settings.embedder.choice == "openai":
        from app.retrieval.openai_embedder import DIMENSIONS

        model = settings.embedder.openai_model
        if model not in DIMENSIONS:
            known = ", ".join(DIMENSIONS)
            raise ConfigurationError(f"PRASHNA_MODEL_EMBEDDING={model!r} is not known; known are {known}")
        dimensions = DIMENSIONS[model]
    connection = await engine.connect(dsn)
    try:
        await catalog.add_domain(connection, name=name, intent=intent, model=model, dimensions=dimensions)
    finally:
        await connection.close()


async def purge_cache(dsn: str) -> int:
    """Empty the cache; how many answers went."""
    connection = await engine.connect(dsn)
    try:
        return await cache.purge(connection)
    finally:
        await connection.close()


async def switch_models(dsn: str, *, reason: str | None) -> str:
    """Stop all calls to model providers for this reason, or let them be made again where it is None; what is so now."""
    connection = await engine.connect(dsn)
    try:
        if reason is not None:
            since = await providers.stop(connection, reason)
            return f"No provider is called since {since:%Y-%m-%d %H:%M:%S} UTC; undo with prashna stop-models --resume"
        stopped = await providers.resume(connection)
        return "Providers may be called again." if stopped else "Providers were not stopped."
    finally:
        await connection.close()
