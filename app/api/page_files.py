"""GET / and its files: one static page, no build step."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

FILES = Path(__file__).parent / "page"

router = APIRouter(include_in_schema=False)


@router.get("/")
async def page() -> FileResponse:
    """The chat page."""
    return FileResponse(FILES / "index.html")


def mount(app: FastAPI) -> None:
    """Serve the page and what it loads."""
    app.include_router(router)
    app.mount("/page", StaticFiles(directory=FILES), name="page")
