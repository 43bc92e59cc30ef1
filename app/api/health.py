"""Is it alive, is it ready, how is it doing."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from app.api import gauges, metrics
from app.api.dependencies import AppParts
from app.api.problems import problem
from app.db import health
from app.db.engine import ConnectionLost, DatabaseError

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "what is missing"}}, response_model=None)
async def ready(parts: AppParts) -> dict[str, Any] | JSONResponse:
    """The database, a live chat worker and something to answer from are there too."""
    try:
        found = await health.check(parts.stream_pool)
    except (DatabaseError, TimeoutError, *ConnectionLost):
        return problem(503, "database", "The database does not answer.", {"Retry-After": "2"})
    if not found.chat_workers:
        return problem(503, "no_worker", "No chat worker is alive.", {"Retry-After": "2"})
    if not found.live_versions:
        return problem(503, "no_content", "No content is live yet.", {"Retry-After": "2"})
    return {"status": "ready", "chat_workers": found.chat_workers}


@router.get("/metrics", response_class=PlainTextResponse)
async def measure(parts: AppParts) -> Response:
    """Prometheus metrics of this API: of all its processes where there are several."""
    gauges.note(parts)
    return Response(metrics.text(), media_type="text/plain; version=0.0.4")
