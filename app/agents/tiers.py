"""The ladder as data: primary -> secondary -> cache -> extractive, or extractive alone where no model is configured."""

from app.agents.cache_rung import CacheRung, Lookup
from app.agents.extractive import ExtractiveRung
from app.agents.model_rung import ModelRung
from app.agents.rung import Rung
from app.errors import ConfigurationError
from app.retrieval.meaning import Meaning
from app.retrieval.openai_provider import OpenAIProvider
from app.retrieval.permits import Permits
from app.settings import ModelSettings

# Seconds from the call to a model's first token.
PRIMARY_FIRST_TOKEN = 10.0
SECONDARY_FIRST_TOKEN = 8.0


def rungs(
    models: ModelSettings,
    provider: OpenAIProvider | None,
    lookup: Lookup,
    meaning: Meaning | None = None,
    permits: Permits | None = None,
) -> tuple[Rung, ...]:
    """The rungs for the configured answerer, best first.

    Raises:
        ConfigurationError: a model is to answer but there is no provider.
    """
    if models.llm == "extractive":
        return (ExtractiveRung(meaning),)
    if provider is None:
        raise ConfigurationError("PRASHNA_LLM=openai needs a provider")
    return (
        ModelRung("primary", models.primary, provider, PRIMARY_FIRST_TOKEN, permits=permits),
        ModelRung("secondary", models.secondary, provider, SECONDARY_FIRST_TOKEN, permits=permits),
        CacheRung(lookup),
        ExtractiveRung(meaning),
    )
