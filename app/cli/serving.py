"""The processes of the service: the API and the workers."""

from contextlib import nullcontext
from typing import Annotated, Literal

import typer

from app.cli import environment
from app.settings import common_metrics_folder

group = typer.Typer()


@group.command()
def serve() -> None:
    """Serve the API and the chat page on PRASHNA_HOST and PRASHNA_PORT."""
    import uvicorn

    server = environment.read_settings().server
    with common_metrics_folder() if server.processes > 1 else nullcontext():
        uvicorn.run(
            "app.main:from_environment",
            factory=True,
            host=server.host,
            port=server.port,
            workers=server.processes,
            loop="uvloop",
            http="app.api.connection:Connection",
            backlog=4096,
            access_log=False,  # a ticket in an address must not be logged
            proxy_headers=server.trusted_proxies is not None,
            forwarded_allow_ips=server.trusted_proxies,
            server_header=False,
            timeout_graceful_shutdown=5,
            log_level="warning",
        )


@group.command()
def worker(queue: Annotated[Literal["chat", "bulk"], typer.Option(help="which queue to work on")]) -> None:
    """Work on one queue until SIGTERM."""
    import uvloop

    from app.jobs import worker as process

    settings = environment.read_settings()
    with environment.database(settings) as dsn:
        uvloop.run(process.run(settings, dsn, queue))
