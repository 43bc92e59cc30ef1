"""The model to migrate to: known, reachable and of the length that we store, found out before anything is made."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal

from app.errors import ConfigurationError, CutoverRefused, ProviderError
from app.resources import open_embedders
from app.retrieval import prices
from app.retrieval.minilm import MiniLM
from app.settings import Settings

_PROBE = ("Who certifies that a Bill is a Money Bill?", "The Speaker of the House of the People certifies it.")


@dataclass(frozen=True, slots=True)
class Target:
    """A model and the length of its vectors."""

    model: str
    dimensions: int

    def cost(self, tokens: int) -> Decimal | None:
        """US dollars for embedding so many tokens; None where the price is not known."""
        return Decimal(0) if self.model == MiniLM.name else prices.cost(self.model, tokens, 0)


def known(model: str) -> Target:
    """The target of this name.

    Raises:
        ConfigurationError: there is no such model; says which there are.
    """
    from app.retrieval.openai_embedder import DIMENSIONS

    models = {MiniLM.name: MiniLM.dimensions, **DIMENSIONS}
    if model not in models:
        raise ConfigurationError(f"there is no embedding model {model!r}; there are {', '.join(models)}")
    return Target(model, models[model])


async def probe(settings: Settings, dsn: str, target: Target) -> None:
    """Embed two short texts.

    Raises:
        ConfigurationError: its provider's key is not set.
        CutoverRefused: its provider refuses, or its vectors have another length; says so.
    """
    async with AsyncExitStack() as stack:
        _, embedders = await stack.enter_async_context(open_embedders(settings, dsn))
        try:
            vectors = await embedders.of(target.model).embed(_PROBE)
        except ProviderError as error:
            raise CutoverRefused(f"{target.model} cannot be used now: {error}") from None
    if vectors.shape != (len(_PROBE), target.dimensions):
        raise CutoverRefused(f"{target.model} gives {vectors.shape[1]} dimensions, {target.dimensions} are expected")
