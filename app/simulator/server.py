"""The simulated provider as a server: OpenAI's chat, embeddings and models, Cohere's rerank, on one loopback port."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.errors import ConfigurationError
from app.simulator import chat, embeddings, rerank
from app.simulator.behaviour import Behaviour
from app.simulator.completion import Change
from app.simulator.endpoint import Endpoint
from app.simulator.exchange import Json
from app.simulator.protocol import ProviderProtocol
from app.simulator.reply import Reply

HOST = "127.0.0.1"

# Every name is accepted; these are the ones it lists.
MODELS = (
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4.1-nano",
    "text-embedding-3-small",
    "text-embedding-3-large",
    "rerank-v3.5",
)

_SHUTDOWN_SECONDS = 2
# Longer than clients keep idle connections: a close that crosses a request would be a fault nobody asked for.
_KEEP_ALIVE_SECONDS = 75
_START_SECONDS = 10


def create_app(behaviour: Behaviour) -> Starlette:
    """The ASGI application. Resets need the protocol that `serve` and `running` use.

    Rerank also answers under /v1, so that one base URL serves both clients.
    """
    behaviour.check()
    reranking = Endpoint("rerank", behaviour, rerank.reply)

    def embedded(request: Json, change: Change) -> Reply:
        return embeddings.reply(request, change, meaning=behaviour.meaning)

    return Starlette(
        routes=[
            Route("/v1/chat/completions", Endpoint("chat", behaviour, chat.reply), methods=["POST"]),
            Route("/v1/embeddings", Endpoint("embeddings", behaviour, embedded), methods=["POST"]),
            Route("/v1/models", _models, methods=["GET"]),
            Route("/v2/rerank", reranking, methods=["POST"]),
            Route("/v1/v2/rerank", reranking, methods=["POST"]),
        ]
    )


def run(port: int, first_token_ms: int, tokens_per_second: float, fault: str | None) -> None:
    """Serve on 127.0.0.1 until interrupted; print the base URL once it listens. Port 0 takes a free one.

    Raises:
        ConfigurationError: unknown fault (the message lists them), a figure out of range, or the port is taken.
    """
    behaviour = Behaviour(first_token_ms, tokens_per_second, fault, meaning=True)
    with contextlib.suppress(KeyboardInterrupt):
        serve(HOST, port, behaviour, listening=lambda url: print(url, flush=True))


def serve(host: str, port: int, behaviour: Behaviour, listening: Callable[[str], None] = lambda _url: None) -> None:
    """Serve until a signal; `listening` is called with the base URL once connections are taken.

    Raises:
        ConfigurationError: see `run`.
    """
    server = _Server(behaviour, listening)
    with _listen(host, port) as sock:
        server.run(sockets=[sock])


@contextlib.contextmanager
def running(behaviour: Behaviour) -> Iterator[str]:
    """The server in a thread of its own, on a free port: yields its base URL, which ends in /v1."""
    begun = threading.Event()
    urls: list[str] = []

    def listening(url: str) -> None:
        urls.append(url)
        begun.set()

    server = _Server(behaviour, listening)
    with _listen(HOST, 0) as sock:
        thread = threading.Thread(target=server.run, args=([sock],), name="simulated-provider", daemon=True)
        thread.start()
        try:
            if not begun.wait(_START_SECONDS):
                raise RuntimeError("the simulated provider did not start")
            yield urls[0]
        finally:
            server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    def __init__(self, behaviour: Behaviour, listening: Callable[[str], None]) -> None:
        config = uvicorn.Config(
            create_app(behaviour),
            http=ProviderProtocol,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="warning",
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = (sockets or [])[0].getsockname()[:2]
        self._listening(f"http://{host}:{port}/v1")


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=2048)
    except (OSError, OverflowError) as error:
        raise ConfigurationError(f"cannot listen on {host}:{port}: {error}") from None


def _models(_request: Request) -> JSONResponse:
    data = [{"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "simulator"} for name in MODELS]
    return JSONResponse({"object": "list", "data": data})
