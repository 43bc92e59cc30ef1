"""What routes are given: the parts opened at start, and who is asking."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.api.admission import Admission
from app.api.auth import Verifier
from app.api.enqueuer import Enqueuer
from app.api.hub import Hub
from app.api.peers import Peers
from app.db.engine import Pool
from app.errors import NotFound, Unauthorized
from app.resources import Resources

_bearer = HTTPBearer(auto_error=False, description="JWT; `sub` is the student")


@dataclass(frozen=True, slots=True)
class Parts:
    """Opened once per process. `stream_pool` reads chunks and is planned for that.

    `peers` have failed with bearer tokens or with nothing, `key_peers` with tickets and cookies.
    """

    resources: Resources
    verifier: Verifier
    hub: Hub
    stream_pool: Pool
    enqueuer: Enqueuer
    admission: Admission
    peers: Peers
    key_peers: Peers


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def peer(request: Request) -> str:
    """The address that called, as the socket has it."""
    return request.client.host if request.client else ""


def failed(request: Request, peers: Peers) -> Unauthorized:
    """Count a call that has failed among these; what to raise for it.

    Raises:
        TooManyFailures: there have been too many from there.
    """
    peers.check(peer(request))
    peers.failed(peer(request))
    return Unauthorized()


async def optional_student(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> str | None:
    """The student of the bearer token, None without one.

    Raises:
        Unauthorized: a token that is not good.
        TooManyFailures: one from where too many such calls have come.
    """
    parts = _parts(request)
    if credentials is None:
        return None
    try:
        return parts.verifier.student(credentials.credentials)
    except Unauthorized:
        raise failed(request, parts.peers) from None


async def _student(request: Request, student: Annotated[str | None, Depends(optional_student)]) -> str:
    if student is None:
        raise failed(request, _parts(request).peers)
    return student


def known_id(request: Request, name: str) -> UUID:
    """The id in the path; what is not one is nobody's: NotFound."""
    try:
        return UUID(request.path_params[name])
    except ValueError:
        raise NotFound from None


def _task_id(request: Request, task_id: Annotated[str, Path(description="a task's id")]) -> UUID:
    del task_id
    return known_id(request, "task_id")


def _session_id(request: Request, session_id: Annotated[str, Path(description="a session's id")]) -> UUID:
    del session_id
    return known_id(request, "session_id")


AppParts = Annotated[Parts, Depends(_parts)]
Student = Annotated[str, Depends(_student)]
OptionalStudent = Annotated[str | None, Depends(optional_student)]
TaskId = Annotated[UUID, Depends(_task_id)]
SessionId = Annotated[UUID, Depends(_session_id)]
