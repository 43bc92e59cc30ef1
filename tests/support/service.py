"""The API over real HTTP: uvicorn with our settings in a thread, so that its lines are counted as covered."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
import uvloop
from support.students import SECRET

from app.api.auth import make_verifier
from app.api.connection import Connection
from app.main import create_app
from app.settings import Settings

_START_SECONDS = 20


@contextmanager
def service(dsn: str, **environment: str) -> Iterator[str]:
    """The base URL of an API over the database `dsn`; `environment` changes its settings."""
    signing = {} if "PRASHNA_JWT_PUBLIC_KEY" in environment else {"PRASHNA_JWT_SECRET": SECRET}
    settings = Settings.from_env({"DATABASE_URL": dsn, "PRASHNA_EMBEDDER_THREADS": "1"} | signing | environment)
    app = create_app(settings, make_verifier(settings.auth, demo_secret=None))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        # As `prashna serve` configures it.
        uvicorn.Config(
            app, http=Connection, access_log=False, proxy_headers=False, server_header=False, log_config=None
        )
    )
    serving = threading.Thread(target=lambda: uvloop.run(server.serve([listener])), daemon=True)
    serving.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        _await_start(server, serving)
        yield url
    finally:
        server.should_exit = True
        serving.join(_START_SECONDS)
        listener.close()


def _await_start(server: uvicorn.Server, serving: threading.Thread) -> None:
    for _ in range(_START_SECONDS * 100):
        if server.started:
            return
        serving.join(0.01)
        assert serving.is_alive(), "the API did not start"
    raise TimeoutError("the API takes too long to start")


def client(url: str, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    """A client of that API which carries `headers`."""
    return httpx.AsyncClient(base_url=url, headers=headers or {}, timeout=15)
