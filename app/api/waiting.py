"""How long a student has waited for the first words and for the end, by the intent of the question."""

import json
from datetime import UTC, datetime

from prometheus_client import Histogram

from app.api.metrics import ERRORS, FIRST_WORDS_SECONDS, LAST_EVENT_SECONDS


class Waiting:
    """Of one reader. What it is told before `attached` was there before it came, and is no wait of its."""

    __slots__ = ("_accepted_at", "_attached", "_intent", "_words")

    def __init__(self, accepted_at: datetime) -> None:
        self._accepted_at = accepted_at
        self._attached = False
        self._intent = "unknown"
        self._words = False

    def attached(self, *, resumed: bool) -> None:
        """What follows is new. A reader that has `resumed` may have had the first words on another connection."""
        self._attached = True
        self._words = self._words or resumed

    def told(self, event: str, data: str) -> None:
        """An event has been queued for the reader; `data` is its line of JSON."""
        if event == "route":
            self._intent = json.loads(data).get("intent", self._intent)
        elif event == "token" and not self._words:
            self._words = True
            self._observe(FIRST_WORDS_SECONDS)
        elif event == "done":
            answer = json.loads(data)["answer"]
            if self._intent == "unknown":
                self._intent = answer.get("intent", self._intent)
            self._observe(LAST_EVENT_SECONDS)
            self._failed(answer.get("tier") == "none")
        elif event == "error":
            self._failed(True)

    def _failed(self, failed: bool) -> None:
        if failed and self._attached:
            ERRORS.labels(self._intent).inc()

    def _observe(self, histogram: Histogram) -> None:
        if self._attached:
            waited = (datetime.now(UTC) - self._accepted_at).total_seconds()
            histogram.labels(self._intent).observe(max(0.0, waited))
