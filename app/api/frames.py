"""Server-sent events as bytes, built once for all who listen."""

import json
from typing import Any, NamedTuple

from app.db import stream
from app.db.stream import Chunk
from app.db.tasks import State

TERMINAL = frozenset({"done", "error", "gone"})
PING = b": ping\n\n"


class EventId(NamedTuple):
    """`<attempt>.<seq>`, the position in a stream; (0, 0) is its beginning."""

    attempt: int = 0
    seq: int = 0

    @classmethod
    def parse(cls, text: str | None) -> "EventId":
        """The id a client last saw; whatever is not one means the beginning."""
        attempt, dot, seq = (text or "").partition(".")
        short = len(attempt) < 8 and len(seq) < 8
        if dot and short and attempt.isascii() and attempt.isdigit() and seq.isascii() and seq.isdigit():
            return cls(int(attempt), int(seq))
        return cls()


def frame(position: EventId, event: str, data: str) -> bytes:
    """One event; `data` is one line of JSON."""
    return f"id: {position.attempt}.{position.seq}\nevent: {event}\ndata: {data}\n\n".encode()


def run(chunk: Chunk) -> bytes:
    """The events of one run, one after another."""
    head, event = f"id: {chunk.attempt}.", f"event: {chunk.event}"
    return "".join([f"{head}{seq}\n{event}\ndata: {line}\n\n" for seq, line in stream.lines(chunk)]).encode()


def stored(state: State, *, after: int = 0) -> list[tuple[EventId, str, str]]:
    """The stream of a finished task whose chunks are gone or never were, told from its row.

    It is one attempt later than the task's and than attempt `after`, which its reader has seen.
    """
    events: list[tuple[str, Any]] = []
    attempt = max(state.attempt, after) + 1
    if attempt > 1:
        events.append(("restart", {"attempt": attempt, "reason": "replayed"}))
    if state.answer is not None:
        if state.route is not None:
            events.append(("route", state.route))
        events.append(("sources", state.sources or []))
        events.append(("token", {"text": state.answer["text"]}))
    events.append(_ending(state))
    return [(EventId(attempt, seq), event, _line(data)) for seq, (event, data) in enumerate(events, start=1)]


def end(state: State) -> tuple[EventId, str, str] | None:
    """The last event of a finished task under the id that its own chunks lead up to; None where none is known."""
    if state.finished_at is None or state.last_seq is None:
        return None
    event, data = _ending(state)
    return EventId(state.attempt, state.last_seq), event, _line(data)


def _ending(state: State) -> tuple[str, Any]:
    if state.answer is None:
        return "error", {"code": state.error_code, "message": "This question could not be answered."}
    return "done", {"answer": state.answer}


def at_end(state: State, position: EventId) -> bool:
    """Has a client at this position seen the end?"""
    if state.finished_at is None:
        return False
    last_stored = stored(state)[-1][0]
    return position == EventId(state.attempt, state.last_seq or -1) or position == last_stored


def _line(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
