"""Model providers: a stand-in for one, and the switch that stops calls to all."""

import asyncio
from typing import Annotated

import typer

from app.cli import environment

group = typer.Typer()


@group.command("simulate-provider")
def simulate_provider(
    port: Annotated[int, typer.Option(help="where to listen on 127.0.0.1; 0 takes a free port")],
    first_token_ms: Annotated[int, typer.Option(help="milliseconds to the first token")] = 0,
    tokens_per_second: Annotated[float, typer.Option(help="0 is as fast as can be")] = 0.0,
    fault: Annotated[str | None, typer.Option(help="a fault to show; a wrong name lists them")] = None,
) -> None:
    """Serve a stand-in for a model provider and print its base URL, for OPENAI_BASE_URL and COHERE_BASE_URL."""
    from app.simulator import server

    server.run(port, first_token_ms, tokens_per_second, fault)


@group.command("stop-models")
def stop_models(
    resume: Annotated[bool, typer.Option("--resume", help="let them be called again")] = False,
    reason: Annotated[str, typer.Option(help="for whoever looks at ops.providers")] = "stopped by an operator",
) -> None:
    """Let no worker begin another call to a model provider, from now on; cached and quoted answers go on."""
    from app.local import desk

    with environment.database(environment.read_settings(quiet=True)) as dsn:
        typer.echo(asyncio.run(desk.switch_models(dsn, reason=None if resume else reason)))
