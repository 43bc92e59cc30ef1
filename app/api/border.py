"""What every request passes, in plain ASGI: a limit on its body, headers against misuse of its response, a clock,
and an answer to what nobody foresaw."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.metrics import REQUEST_SECONDS
from app.api.problems import problem
from app.telemetry import get_logger

# A question of 4,000 characters, escaped as JSON, stays under this.
MAX_BODY_BYTES = 64 * 1024
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
SECURITY_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


class Border:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        guarded = _Guarded(scope, send)
        try:
            await self._serve(scope, receive, guarded)
        except Exception as error:
            # The HTTP handler of last resort, inside the guard: the framework's own would answer outside of it.
            get_logger(__name__).error("request.crashed", path=scope["path"], exc_info=error)
            if guarded.started:
                raise
            crash = problem(500, "internal", "Something went wrong on our side; try again.")
            await crash(scope, receive, guarded)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in _WITHOUT_BODY:
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            refusal = problem(413, "body_too_large", "The request body is too large.")
            await refusal(scope, receive, send)
            return
        await self._app(scope, _replayed(body, receive), send)


class _Guarded:
    """A `send` that adds the headers and notes how long the first byte took."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._began = time.monotonic()
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            message["headers"] = [*message.get("headers", []), *SECURITY_HEADERS]
            route = getattr(self._scope.get("route"), "path", "other")
            REQUEST_SECONDS.labels(route, str(message["status"])).observe(time.monotonic() - self._began)
        await self._send(message)


async def _read(receive: Receive) -> bytes | None:
    """The whole body, None when it is longer than the limit."""
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return body


def _replayed(body: bytes, receive: Receive) -> Receive:
    told = False

    async def receive_again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
