"""The one place that builds pools, clients and models; every entry point opens them here and closes them by leaving."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from app.agents import prompts
from app.db import engine, search
from app.retrieval.embedder import EmbeddedEmbedder, Embedder, Embedders
from app.retrieval.guard import guarded
from app.retrieval.minilm import MiniLM
from app.settings import Settings

if TYPE_CHECKING:
    # The API has no model vendors installed; only workers open a turn.
    from app.agents.turn import ChatTurn
    from app.retrieval.openai_provider import OpenAIProvider
    from app.retrieval.reranker import Reranker
    from app.retrieval.retriever import Retriever

# What a reranker chooses its five from.
RERANK_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Resources:
    """What the API and the workers share. `pool` is bare asyncpg, `sessions` SQLAlchemy over a pool of its own."""

    dsn: str
    settings: Settings
    pool: engine.Pool
    sessions: engine.Sessions
    embedder: EmbeddedEmbedder
    prompt_set: str


@asynccontextmanager
async def open_resources(settings: Settings, dsn: str, *, application: str) -> AsyncIterator[Resources]:
    """Connect and load the embedded model; `application` names the process in pg_stat_activity."""
    size = settings.database.pool_size
    async with (
        _embedded(settings) as embedder,
        engine.open_pool(dsn, application=application, size=size, settings=search.SETTINGS) as pool,
        engine.open_sessions(dsn, application=application, size=2) as sessions,
    ):
        yield Resources(dsn, settings, pool, sessions, embedder, prompt_set(settings))


@asynccontextmanager
async def open_embedders(settings: Settings) -> AsyncIterator[tuple[EmbeddedEmbedder, Embedders]]:
    """The embedded model, and every model that a namespace can name; for the content desk."""
    async with _embedded(settings) as embedded, _provider(settings) as provider:
        yield embedded, _embedders(embedded, provider)


@asynccontextmanager
async def _embedded(settings: Settings) -> AsyncIterator[EmbeddedEmbedder]:
    embedder = EmbeddedEmbedder(await asyncio.to_thread(MiniLM.load, settings.embedder.threads))
    try:
        yield embedder
    finally:
        embedder.close()


@asynccontextmanager
async def beside(*side: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run these for as long as the block; one that fails ends the process, whose supervisor starts a new one."""
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(one) for one in side]
        yield
        for one in running:
            one.cancel()


def prompt_set(settings: Settings) -> str:
    """What a cached answer was written and is found with: prompt files, who answers first, the guard's tables."""
    writer = settings.models.primary if settings.models.llm == "openai" else "extractive"
    return f"{prompts.prompt_set()}:{writer}:{guarded.version()}"


@asynccontextmanager
async def open_turn(resources: Resources, *, instead: Sequence[UUID] = ()) -> AsyncIterator["ChatTurn"]:
    """The chat turn with its router, retriever, reranker and rungs, as the settings say; for workers.

    `instead` names namespaces to search in place of their domains' active ones; see Retriever.
    """
    from app.agents.embedded_router import EmbeddedRouter
    from app.agents.inert import InertRows
    from app.agents.instructor_router import InstructorRouter
    from app.agents.material import PASSAGES
    from app.agents.specialists.library import Library
    from app.agents.supervisor import Domains, Router
    from app.agents.tiers import rungs
    from app.agents.topics import LiveOpenings
    from app.agents.turn import ChatTurn
    from app.retrieval.meaning import Meaning
    from app.retrieval.past_questions import PastQuestions
    from app.retrieval.retriever import Retriever
    from app.retrieval.stored_answers import StoredAnswers

    settings = resources.settings
    domains = cast("Domains", await search.domains_by_intent(resources.pool))
    threshold = settings.chat.cache_threshold
    lookup = StoredAnswers(resources.pool, resources.embedder, resources.prompt_set, threshold)
    router: Router = await EmbeddedRouter.build(resources.embedder, domains, LiveOpenings(resources.pool, domains))
    async with _provider(settings) as provider, _reranker(settings) as reranker:
        if provider and settings.models.llm == "openai":
            router = InstructorRouter(provider, settings.models.router, domains, otherwise=router)
        embedders = _embedders(resources.embedder, provider)
        yield ChatTurn(
            router=router,
            library=Library(
                Retriever(resources.pool, embedders, dense_weight=settings.chat.dense_weight, instead=instead),
                reranker,
                InertRows(PastQuestions(resources.pool, embedders, instead=instead)),
                PASSAGES if settings.reranker.reranker == "none" else RERANK_CANDIDATES,
            ),
            rungs=rungs(settings.models, provider, lookup, Meaning(resources.embedder)),
            lookup=lookup,
            domains=domains,
        )


@asynccontextmanager
async def open_retriever(resources: Resources, *, instead: Sequence[UUID] = ()) -> AsyncIterator["Retriever"]:
    """The retriever alone, as `open_turn` makes it: measurements ask it for what a refused question found."""
    from app.retrieval.retriever import Retriever

    weight = resources.settings.chat.dense_weight
    async with _provider(resources.settings) as provider:
        embedders = _embedders(resources.embedder, provider)
        yield Retriever(resources.pool, embedders, dense_weight=weight, instead=instead)


def _embedders(embedded: EmbeddedEmbedder, provider: "OpenAIProvider | None") -> Embedders:
    made: list[Embedder] = [embedded]
    if provider:
        from app.retrieval.openai_embedder import DIMENSIONS, OpenAIEmbedder

        made += [OpenAIEmbedder(provider, name, dimensions) for name, dimensions in DIMENSIONS.items()]
    return Embedders(made)


@asynccontextmanager
async def _provider(settings: Settings) -> AsyncIterator["OpenAIProvider | None"]:
    if not settings.models.api_key:
        yield None
        return
    from app.retrieval.openai_provider import OpenAIProvider

    provider = OpenAIProvider(settings.models.api_key.get_secret_value(), settings.models.base_url)
    async with provider:
        yield provider


@asynccontextmanager
async def _reranker(settings: Settings) -> AsyncIterator["Reranker"]:
    from app.retrieval.reranker import CohereReranker, FusedOrder

    chosen = settings.reranker
    if chosen.reranker == "none" or chosen.api_key is None:
        yield FusedOrder()
        return
    reranker = CohereReranker(chosen.api_key.get_secret_value(), chosen.base_url, chosen.model)
    try:
        yield reranker
    finally:
        await reranker.close()
