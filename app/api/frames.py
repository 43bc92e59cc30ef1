"""Server-sent events as bytes, built once for all who listen."""

import json
from dataclasses import dataclass
from typing import Any

from app.db.tasks import State

TERMINAL = frozenset({"done", "error", "gone"})
PING = b": ping\n\n"


@dataclass(frozen=True, slots=True, order=True)
class EventId:
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


def stored(state: State) -> list[tuple[EventId, str, bytes]]:
    """The stream of a finished task whose chunks are gone or never were, told from its row: one attempt later."""
    events: list[tuple[str, Any]] = []
    attempt = state.attempt + 1
    if attempt > 1:
        events.append(("restart", {"attempt": attempt, "reason": "replayed"}))
    if state.answer is None:
        events.append(("error", {"code": state.error_code, "message": "This question could not be answered."}))
    else:
        if state.route is not None:
            events.append(("route", state.route))
        events.append(("sources", state.sources or []))
        events.append(("token", {"text": state.answer["text"]}))
        events.append(("done", {"answer": state.answer}))
    numbered = [(EventId(attempt, seq), event, data) for seq, (event, data) in enumerate(events, start=1)]
    return [(at, event, frame(at, event, _line(data))) for at, event, data in numbered]


def gone(after: EventId) -> bytes:
    """The end of a stream whose task is no more."""
    return frame(EventId(after.attempt, after.seq + 1), "gone", "{}")


def at_end(state: State, position: EventId) -> bool:
    """Has a client at this position seen the end?"""
    if state.finished_at is None:
        return False
    last_stored = stored(state)[-1][0]
    return position == EventId(state.attempt, state.last_seq or -1) or position == last_stored


def _line(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
