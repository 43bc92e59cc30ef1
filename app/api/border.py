"""What every request passes, in plain ASGI: a limit on its body, headers against misuse of its response, a clock."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.metrics import REQUEST_SECONDS
from app.api.problems import problem

# A question of 4,000 characters, escaped as JSON, stays under this.
MAX_BODY_BYTES = 64 * 1024
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
        began = time.monotonic()

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *SECURITY_HEADERS]
                route = getattr(scope.get("route"), "path", "other")
                REQUEST_SECONDS.labels(route, str(message["status"])).observe(time.monotonic() - began)
            await send(message)

        body = await _read(receive) if scope["method"] in ("POST", "PUT", "PATCH", "DELETE") else b""
        if body is None:
            refusal = problem(413, "body_too_large", "The request body is too large.")
            await refusal(scope, receive, send_guarded)
            return
        await self._app(scope, _replayed(body, receive) if body else receive, send_guarded)


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
