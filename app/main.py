"""The API process: `uvicorn app.main:from_environment --factory`, or `prashna serve`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import telemetry
from app.api import chat, gauges, health, page_files, problems, sessions, tasks
from app.api.admission import Admission
from app.api.auth import Verifier, make_verifier
from app.api.border import Border
from app.api.dependencies import Parts
from app.api.enqueuer import Enqueuer
from app.api.hub import Hub
from app.api.open_files import most_streams
from app.api.peers import Peers
from app.db import engine, stream
from app.local.home import Home
from app.local.server import attached
from app.resources import beside, open_resources
from app.settings import Settings

STREAM_CONNECTIONS = 3


def create_app(settings: Settings, verifier: Verifier) -> FastAPI:
    """The API over the database that the settings name; opened and closed with the application."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with attached(settings) as dsn:
            async with (
                open_resources(settings, dsn, application="api", patience=engine.POOL_SECONDS) as resources,
                engine.open_pool(
                    dsn, application="api-stream", size=STREAM_CONNECTIONS, settings=stream.READER_SETTINGS
                ) as stream_pool,
            ):
                hub = Hub(dsn, stream_pool, most=settings.server.most_streams or most_streams())
                admission = Admission(resources.pool, slots=settings.chat.worker_concurrency)
                parts = Parts(
                    resources, verifier, hub, stream_pool, Enqueuer(resources.pool), admission, Peers(), Peers()
                )
                app.state.parts = parts
                async with beside(hub.run(), admission.run(), gauges.keep(parts)):
                    yield

    app = FastAPI(title="Prashna", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None)
    problems.install(app)
    for router in (chat.router, tasks.router, sessions.router, health.router):
        app.include_router(router)
    page_files.mount(app)
    app.add_middleware(Border)
    return app


def from_environment() -> FastAPI:
    """The API as the environment says, over the embedded database unless DATABASE_URL is set."""
    settings = Settings.from_env()
    telemetry.configure(settings.log_level)
    demo = None if settings.database.url else Home(settings.home).demo_secret
    return create_app(settings, make_verifier(settings.auth, demo_secret=demo))
