"""One attempt's side of the stream: numbers its events and remembers what was shown."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.agents.answer import Source
from app.agents.events import RouteChosen
from app.db.stream import Chunk
from app.jobs.stream_writer import StreamWriter


class Attempt:
    """Turns what a turn says into chunks of attempt number `number`, from seq 1.

    The first event of every attempt above 1 is `restart`.
    """

    def __init__(self, writer: StreamWriter, task_id: UUID, number: int, *, reason: str = "worker_lost") -> None:
        self._writer = writer
        self._task_id = task_id
        self.number = number
        self.seq = 0
        self.text = ""
        self.route: dict[str, Any] | None = None
        self.sources: tuple[Source, ...] = ()
        self.first_words_at: datetime | None = None
        if number > 1:
            self._say("restart", {"attempt": number, "reason": reason}, urgent=True)

    def stage(self, stage: str) -> None:
        """Say which stage has begun."""
        self._say("status", {"stage": stage})

    def routed(self, event: RouteChosen) -> None:
        """Say how the question was routed."""
        self.route = {"intent": event.intent, "domains": list(event.domains), "confidence": round(event.confidence, 3)}
        self._say("route", self.route)

    def sourced(self, sources: tuple[Source, ...]) -> None:
        """Say which passages may be cited."""
        self.sources = sources
        self._say("sources", [source.model_dump(mode="json") for source in sources])

    def token(self, text: str) -> None:
        """Show verified text; the first does not wait for the tick."""
        first = self.first_words_at is None
        if first:
            self.first_words_at = datetime.now(UTC)
        self.text += text
        self._say("token", {"text": text}, urgent=first)

    def done(self, answer: dict[str, Any]) -> None:
        """The end; only after the answer is committed."""
        self._say("done", {"answer": answer}, urgent=True)

    def _say(self, event: str, data: object, *, urgent: bool = False) -> None:
        self.seq += 1
        line = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        self._writer.add(Chunk(self._task_id, self.number, self.seq, event, line), urgent=urgent)
