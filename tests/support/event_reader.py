"""Reads an event stream byte by byte and strictly: what is not exactly as the contract says fails."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

# A comment and the reconnection time; `id`, `event` and one line of data, each once, in this order, ended by LF.
_COMMENT = re.compile(rb"(?::[^\r\n]*\n)?(?:retry: \d+\n)?")
_EVENT = re.compile(rb"id: (\d+)\.(\d+)\nevent: ([a-z]+)\ndata: ([^\r\n]*)")
_PATIENCE_SECONDS = 45
ENDS = ("done", "error", "gone")


@dataclass(frozen=True)
class Event:
    """One event as it was sent."""

    attempt: int
    seq: int
    name: str
    data: Any

    @property
    def id(self) -> str:
        """What a client sends back as Last-Event-ID."""
        return f"{self.attempt}.{self.seq}"


def parse(raw: bytes) -> list[Event]:
    """The whole events in `raw`; what follows the last empty line is the part that was cut off."""
    events = []
    for block in raw.split(b"\n\n")[:-1]:
        if _COMMENT.fullmatch(block + b"\n"):
            continue
        match = _EVENT.fullmatch(block)
        assert match, f"not an event of the contract: {block!r}"
        attempt, seq, name, data = match.groups()
        events.append(Event(int(attempt), int(seq), name.decode(), json.loads(data)))
    return events


async def read(client: httpx.AsyncClient, task: object, *, after: str | None = None, most: int | None = None) -> bytes:
    """The stream's bytes from after this id, to its end or to `most` bytes, whichever comes first."""
    headers = {"Last-Event-ID": after} if after else {}
    raw = b""
    # Pings keep a stream open for ever; one that does not end has to fail its test.
    async with asyncio.timeout(_PATIENCE_SECONDS), client.stream("GET", f"/stream/{task}", headers=headers) as response:
        assert response.status_code == 200, response.status_code
        async for piece in response.aiter_raw():
            raw += piece
            if most is not None and len(raw) >= most:
                return raw[:most]
    return raw


async def events(client: httpx.AsyncClient, task: object, *, after: str | None = None) -> list[Event]:
    """All events from after this id to the end."""
    return parse(await read(client, task, after=after))


def last_attempt(seen: Sequence[Event]) -> list[Event]:
    """The events of the last attempt among these."""
    return [event for event in seen if event.attempt == seen[-1].attempt]


def text_of(seen: Sequence[Event]) -> str:
    """What a reader of these events has on the screen: the last attempt's tokens."""
    return "".join(event.data["text"] for event in last_attempt(seen) if event.name == "token")


def check_whole(seen: Sequence[Event]) -> dict[str, Any]:
    """A client that has seen these has lost and doubled nothing; returns the answer of `done`."""
    assert seen[-1].name == "done", seen[-1]
    assert [event.name for event in seen if event.name in ENDS] == ["done"]
    positions = [(event.attempt, event.seq) for event in seen]
    assert positions == sorted(set(positions))
    for attempt in {event.attempt for event in seen}:
        seqs = [event.seq for event in seen if event.attempt == attempt]
        assert seqs == list(range(1, len(seqs) + 1)), f"attempt {attempt} has gaps: {seqs}"
    answer: dict[str, Any] = seen[-1].data["answer"]
    assert text_of(seen) == answer["text"]
    return answer
