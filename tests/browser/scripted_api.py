"""A small server that serves the real page files and speaks the HTTP contract from a script, fault by fault.

It is no stand-in for our API: it exists so that a test decides byte by byte what the browser receives, and when.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import app

PAGE = Path(app.__file__).parent / "api" / "page"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
RESETS_AT = "2099-05-06T18:30:00Z"  # midnight in India

Event = tuple[str, dict[str, Any] | list[Any]]


class CutError(Exception):
    """The connection breaks in the middle, as a phone's does."""


@dataclass
class Task:
    """One task's script. `opening` lists what each new connection gets first: a Response, or how many events
    come before the cut; once it is used up, connections run to the end."""

    task_id: str
    events: list[Event]
    answer: dict[str, Any] | None = None
    status: int = 200
    opening: list[Response | int] = field(default_factory=list)
    pause: float = 0.0
    gates: dict[int, asyncio.Event] = field(default_factory=dict)
    bytes_at_a_time: int = 0
    line_end: str = "\n"
    prefix: str = ""
    attempt: int = 1
    breaks: bool = False  # a cut breaks the connection, else it ends the body in good order

    def frames(self, after: str | None) -> Iterator[tuple[int, bytes]]:
        """(index, bytes) of every event past the id `after`; all of them for an id of an older attempt."""
        attempt, seq = map(int, after.split(".")) if after else (0, 0)
        seen = seq if attempt == self.attempt else 0
        for index, (name, data) in enumerate(self.events):
            if index + 1 > seen:
                lines = [f"event: {name}", f"id: {self.attempt}.{index + 1}", f"data: {json.dumps(data)}", "", ""]
                yield index, self.line_end.join(lines).encode()


@dataclass
class Attach:
    task_id: str
    last_event_id: str | None
    at: float


class ScriptedApi:
    """State that a test sets, and what the page did to it."""

    def __init__(self) -> None:
        self.csp = True
        self.tasks: dict[str, Task] = {}
        self.next_tasks: list[Task] = []
        self.next_replies: list[Response] = []
        self.sessions: list[dict[str, Any]] = []
        self.turns: dict[str, list[dict[str, Any]]] = {}
        self.passages: dict[str, dict[str, Any]] = {}
        self.unauthorized = False
        self.attaches: list[Attach] = []
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.tokens: set[str | None] = set()
        self.votes: list[dict[str, Any]] = []
        self.stopped: list[str] = []
        self.closing = asyncio.Event()
        self.base = ""

    def application(self) -> Starlette:
        """The routes of design section 8 that the page uses."""
        routes = [
            Route("/", self._index),
            Mount("/page", StaticFiles(directory=PAGE)),
            Route("/chat", self._chat, methods=["POST"]),
            Route("/stream/{task_id}", self._stream),
            Route("/tasks/{task_id}", self._task),
            Route("/tasks/{task_id}/stop", self._stop, methods=["POST"]),
            Route("/tasks/{task_id}/feedback", self._feedback, methods=["POST"]),
            Route("/passages/{domain}/{parent_id}", self._passage),
            Route("/sessions", self._sessions),
            Route("/sessions/{session_id}", self._session),
            Route("/sessions/{session_id}", self._delete_session, methods=["DELETE"]),
        ]
        return Starlette(routes=routes)

    async def _index(self, request: Request) -> Response:
        headers = {"Content-Security-Policy": CSP} if self.csp else {}
        return FileResponse(PAGE / "index.html", headers=headers)

    async def _chat(self, request: Request) -> Response:
        if refusal := self._refuse(request):
            return refusal
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("idempotency-key"))
        if self.next_replies:
            return self.next_replies.pop(0)
        task = self.next_tasks.pop(0)
        self.tasks[task.task_id] = task
        session_id = body.get("session_id") or f"s-{task.task_id}"
        self._remember(session_id, task.task_id, body["query"])
        reply = {
            "task_id": task.task_id,
            "session_id": session_id,
            "status": "queued",
            "cached": False,
            "stream_url": f"/stream/{task.task_id}?ticket=once",
            "quota": {"limit": 100, "remaining": 100 - len(self.asked), "resets_at": RESETS_AT},
        }
        if task.events:
            return JSONResponse(reply, 202)
        return JSONResponse(reply | {"status": "done", "cached": True, "answer": task.answer})

    def _remember(self, session_id: str, task_id: str, query: str) -> None:
        if session_id not in self.turns:
            self.sessions.insert(
                0, {"session_id": session_id, "title": query, "last_active_at": "2025-05-05T10:00:00Z"}
            )
        turn = {"task_id": task_id, "role": "user", "text": query, "created_at": "2025-05-05T10:00:00Z"}
        self.turns.setdefault(session_id, []).append(turn)

    async def _stream(self, request: Request) -> Response:
        if refusal := self._refuse(request):
            return refusal
        task = self.tasks.get(request.path_params["task_id"])
        after = request.headers.get("last-event-id")
        self.attaches.append(Attach(request.path_params["task_id"], after, asyncio.get_running_loop().time()))
        if task is None:
            return problem(404, "not_found", "No such task.")
        opening = task.opening.pop(0) if task.opening else len(task.events)
        if isinstance(opening, Response):
            return opening
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(self._bytes(task, after, opening), media_type="text/event-stream", headers=headers)

    async def _bytes(self, task: Task, after: str | None, until: int) -> AsyncIterator[bytes]:
        yield task.prefix.encode()
        for index, frame in task.frames(after):
            if index >= until:
                if not task.breaks:
                    return
                await asyncio.sleep(0.02)  # Chromium drops what it has not read yet when a connection breaks
                raise CutError
            if gate := task.gates.get(index):
                await self._wait(gate)
            for piece in _pieces(frame, task.bytes_at_a_time):
                yield piece
                await asyncio.sleep(task.pause)
        if not any(name in {"done", "error", "gone"} for name, _ in task.events):
            await self._wait(asyncio.Event())  # a stream that is not over stays open

    async def _wait(self, gate: asyncio.Event) -> None:
        waiting = [asyncio.ensure_future(event.wait()) for event in (gate, self.closing)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for future in waiting:
                future.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _task(self, request: Request) -> Response:
        task = self.tasks.get(request.path_params["task_id"])
        if task is None:
            return problem(404, "not_found", "No such task.")
        if task.answer is None:
            return JSONResponse({"task_id": task.task_id, "status": "running", "attempt": 1}, 202)
        return JSONResponse(task.answer)

    async def _stop(self, request: Request) -> Response:
        self.stopped.append(request.path_params["task_id"])
        for gate in self.tasks[request.path_params["task_id"]].gates.values():
            gate.set()
        return JSONResponse({}, 202)

    async def _feedback(self, request: Request) -> Response:
        self.votes.append(await request.json() | {"task_id": request.path_params["task_id"]})
        return Response(status_code=204)

    async def _passage(self, request: Request) -> Response:
        key = f"{request.path_params['domain']}/{request.path_params['parent_id']}"
        if key not in self.passages:
            return problem(404, "not_found", "No such passage.")
        return JSONResponse(self.passages[key])

    async def _sessions(self, request: Request) -> Response:
        return self._refuse(request) or JSONResponse({"sessions": self.sessions})

    async def _session(self, request: Request) -> Response:
        session_id = request.path_params["session_id"]
        if session_id not in self.turns:
            return problem(404, "not_found", "No such session.")
        return JSONResponse({"session_id": session_id, "title": "t", "turns": self.turns[session_id]})

    async def _delete_session(self, request: Request) -> Response:
        session_id = request.path_params["session_id"]
        self.sessions = [session for session in self.sessions if session["session_id"] != session_id]
        self.turns.pop(session_id, None)
        return Response(status_code=204)

    def _refuse(self, request: Request) -> Response | None:
        self.tokens.add(request.headers.get("authorization"))
        return problem(401, "unauthorized", "The token has expired.") if self.unauthorized else None


def problem(status: int, code: str, detail: str, **headers: str) -> Response:
    """An RFC 9457 refusal; header names with underscores."""
    body = {"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse(body, status, headers=named, media_type="application/problem+json")


def _pieces(frame: bytes, size: int) -> Iterator[bytes]:
    step = size or len(frame)
    for start in range(0, len(frame), step):
        yield frame[start : start + step]


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # the signals of this process belong to pytest


@asynccontextmanager
async def serve_scripted_api() -> AsyncIterator[ScriptedApi]:
    """A running ScriptedApi on a free port of 127.0.0.1; `base` is its address."""
    api = ScriptedApi()
    # Listening before the server runs: an early connection waits in the backlog.
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    api.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    # Quiet and bare: cuts are meant, and a test may send its own Date.
    config = uvicorn.Config(api.application(), log_config=None, date_header=False, lifespan="off", ws="none")
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield api
    finally:
        api.closing.set()
        server.should_exit = True
        server.force_exit = True
        await serving
