"""Errors as application/problem+json (RFC 9457). Nothing of the inside is told."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.db.engine import ConnectionLost, Deadlock, Overloaded
from app.errors import Busy, PrashnaError
from app.telemetry import get_logger

log = get_logger(__name__)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """One problem document."""
    body = {
        "type": f"urn:prashna:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return JSONResponse(body, status_code=status, headers=dict(headers or {}), media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer the errors we know with a problem document; the border answers the others."""
    app.add_exception_handler(PrashnaError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for lost in (*ConnectionLost, *Overloaded, Deadlock, TimeoutError):
        app.add_exception_handler(lost, _database_lost)


async def _ours(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, PrashnaError):
        raise error
    if error.status >= 500:
        log.error("request.failed", path=request.url.path, code=error.code)
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(error.status, error.code, str(error), headers)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return problem(422, "invalid_request", f"{where}: {first['msg']}" if where else first["msg"])


async def _http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (allowed := _allowed(request)):
        headers["Allow"] = ", ".join(allowed)
    return problem(error.status_code, code, str(error.detail), headers)


def _allowed(request: Request) -> list[str]:
    """The methods of all routes that have this path: the framework names those of the first one alone.

    Empty below a mount, which takes any method and then says itself what it allows.
    """
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]


async def _database_lost(request: Request, error: Exception) -> JSONResponse:
    log.warning("database.lost", path=request.url.path, error=type(error).__name__)
    return await _ours(request, Busy(retry_after=2))
