"""The one place that builds pools, clients and models; every entry point opens them here and closes them by leaving."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
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
    from app.agents.specialists.library import Library
    from app.agents.turn import ChatTurn
    from app.retrieval.openai_provider import OpenAIProvider
    from app.retrieval.permits import Permits
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
async def open_resources(
    settings: Settings, dsn: str, *, application: str, patience: float | None = None
) -> AsyncIterator[Resources]:
    """Connect and load the embedded model; `application` names the process in pg_stat_activity.

    Whoever waits for a connection gives up when none has come free for `patience` seconds; None waits on.
    """
    size = settings.database.pool_size
    async with (
        _embedded(settings) as embedder,
        engine.open_pool(dsn, application=application, size=size, settings=search.SETTINGS, patience=patience) as pool,
        engine.open_sessions(dsn, application=application, size=2) as sessions,
    ):
        yield Resources(dsn, settings, pool, sessions, embedder, prompt_set(settings))


@asynccontextmanager
async def open_embedders(
    settings: Settings, dsn: str | None = None
) -> AsyncIterator[tuple[EmbeddedEmbedder, Embedders]]:
    """The embedded model, and every model that a namespace can name; for the content desk.

    With `dsn`, providers are called with that database's leave, as workers call them.
    """
    async with AsyncExitStack() as stack:
        embedded = await stack.enter_async_context(_embedded(settings))
        provider = await stack.enter_async_context(_provider(settings))
        permits = None
        if provider and dsn:
            pool = await stack.enter_async_context(engine.open_pool(dsn, application="embedders", size=1))
            permits = await stack.enter_async_context(_permits(pool, settings))
        yield embedded, _embedders(embedded, provider, permits)


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
    from app.agents.instructor_router import InstructorRouter
    from app.agents.supervisor import Domains, Router
    from app.agents.sure_router import SureRouter
    from app.agents.tiers import rungs
    from app.agents.topics import LiveOpenings
    from app.agents.turn import ChatTurn
    from app.retrieval.meaning import Meaning
    from app.retrieval.stored_answers import StoredAnswers

    settings = resources.settings
    domains = cast("Domains", await search.domains_by_intent(resources.pool))
    threshold = settings.chat.cache_threshold
    lookup = StoredAnswers(resources.pool, resources.embedder, resources.prompt_set, threshold)
    embedded = await EmbeddedRouter.build(resources.embedder, domains, LiveOpenings(resources.pool, domains))
    router: Router = embedded
    async with (
        _permits(resources.pool, settings) as permits,
        _provider(settings) as provider,
        _reranker(settings, permits) as reranker,
    ):
        if provider and settings.models.llm == "openai":
            model = InstructorRouter(provider, settings.models.router, domains, otherwise=embedded, permits=permits)
            router = SureRouter(embedded, unsure=model)
        embedders = _embedders(resources.embedder, provider, permits)
        yield ChatTurn(
            router=router,
            library=_library(resources, embedders, reranker, instead),
            rungs=rungs(settings.models, provider, lookup, Meaning(resources.embedder), permits),
            lookup=lookup,
            domains=domains,
        )


def _library(resources: Resources, embedders: Embedders, reranker: "Reranker", instead: Sequence[UUID]) -> "Library":
    from app.agents.inert import InertRows
    from app.agents.material import PASSAGES
    from app.agents.specialists.library import Library
    from app.retrieval.past_questions import PastQuestions
    from app.retrieval.retriever import Retriever

    settings = resources.settings
    return Library(
        Retriever(resources.pool, embedders, dense_weight=settings.chat.dense_weight, instead=instead),
        reranker,
        InertRows(PastQuestions(resources.pool, embedders)),
        PASSAGES if settings.reranker.reranker == "none" else RERANK_CANDIDATES,
    )


@asynccontextmanager
async def open_retriever(resources: Resources, *, instead: Sequence[UUID] = ()) -> AsyncIterator["Retriever"]:
    """The retriever alone, as `open_turn` makes it: measurements ask it for what a refused question found."""
    from app.retrieval.retriever import Retriever

    weight = resources.settings.chat.dense_weight
    async with _permits(resources.pool, resources.settings) as permits, _provider(resources.settings) as provider:
        embedders = _embedders(resources.embedder, provider, permits)
        yield Retriever(resources.pool, embedders, dense_weight=weight, instead=instead)


@asynccontextmanager
async def _permits(pool: engine.Pool, settings: Settings) -> AsyncIterator["Permits"]:
    """Leave to call providers, shared with all workers; what was called is settled at exit."""
    from app.db.providers import Ceilings
    from app.retrieval.permits import SharedPermits

    most = Ceilings(day_tokens=settings.models.daily_tokens, day_money=settings.models.daily_money)
    permits = SharedPermits(pool, most)
    try:
        yield permits
    finally:
        await permits.close()


def _embedders(
    embedded: EmbeddedEmbedder, provider: "OpenAIProvider | None", permits: "Permits | None" = None
) -> Embedders:
    made: list[Embedder] = [embedded]
    if provider:
        from app.retrieval.openai_embedder import DIMENSIONS, OpenAIEmbedder

        made += [OpenAIEmbedder(provider, name, dimensions, permits) for name, dimensions in DIMENSIONS.items()]
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
async def _reranker(settings: Settings, permits: "Permits") -> AsyncIterator["Reranker"]:
    from app.retrieval.reranker import CohereReranker, FusedOrder

    chosen = settings.reranker
    if chosen.reranker == "none" or chosen.api_key is None:
        yield FusedOrder()
        return
    reranker = CohereReranker(chosen.api_key.get_secret_value(), chosen.base_url, chosen.model, permits)
    try:
        yield reranker
    finally:
        await reranker.close()
