"""Students on an exam's eve, for Locust: `make load` runs it. One simulated user is one student with their own token.

Every answer is noted as one line of JSON in LOAD_NOTES; the report is made of these lines, not of Locust's percentiles.
"""

import base64
import hashlib
import hmac
import json
import os
import random
import time
from pathlib import Path
from typing import Any

from locust import FastHttpUser, between, events, task
from locust.contrib.fasthttp import FAILURE_EXCEPTIONS

from tests.load.questions import Asked, Kind, Questions

CONTENT = Path(__file__).resolve().parents[2] / "content"
# A share of the questions is popular ones: with the follow-ups, which no cache answers, a quarter to a third of all
# asks are then found in the cache, as exam forums suggest and below the 40 % over which a run says little.
POPULAR_SHARE = 0.45
FOLLOW_UP_SHARE = 0.25
CUT_SHARE = 0.1
# Connections of a student who leaves a stream and comes back: a phone that changes its mast.
AWAY_SECONDS = (0.1, 0.5)
TERMINAL = ("done", "error", "gone")
LONGEST_SECONDS = 120.0
LIFETIME = 24 * 3600

_seed = int(os.environ["LOAD_SEED"])
_secret = os.environ["LOAD_SECRET"].encode()
_notes = Path(os.environ["LOAD_NOTES"]).open("a", buffering=1 << 16)  # noqa: SIM115 - closed when Locust quits
_questions = Questions(CONTENT, _seed, POPULAR_SHARE)
_students = iter(range(1_000_000))


@events.quitting.add_listener
def _close(**_: object) -> None:
    _notes.close()


class Student(FastHttpUser):
    """Asks, reads the stream to its end, thinks for two to eight seconds, asks again."""

    wait_time = between(2, 8)
    network_timeout = LONGEST_SECONDS
    connection_timeout = 10.0

    def on_start(self) -> None:
        """A student whom no earlier run knows, so that yesterday's quota and sessions play no part."""
        self.bearer = {"Authorization": f"Bearer {_token(f'load-{_seed}-{next(_students)}')}"}
        self._session: str | None = None
        self._last: Asked | None = None
        # Nobody starts at the same moment as everybody else.
        time.sleep(random.uniform(0, 2))

    @task(4)
    def factual(self) -> None:
        """A fact, or a further question on the last one."""
        further = _questions.follow_up(self._last) if self._last and random.random() < FOLLOW_UP_SHARE else None
        if further:
            self._ask(further, session=self._session)
        else:
            self._fresh("factual")

    @task(2)
    def past_papers(self) -> None:
        """Previous years' questions."""
        self._fresh("pyq")

    @task(1)
    def essay(self) -> None:
        """An essay's plan."""
        self._fresh("essay")

    def _fresh(self, kind: Kind) -> None:
        asked = _questions.draw(kind)
        self._ask(asked, session=None)
        self._last = asked

    def _ask(self, asked: Asked, session: str | None) -> None:
        note = {"at": time.time(), "kind": asked.kind, "popular": asked.popular, "further": session is not None}
        began = time.perf_counter()
        body = {"query": asked.text} | ({"session_id": session} if session else {})
        with self.client.post("/chat", json=body, headers=self.bearer, name="POST /chat", catch_response=True) as said:
            note["status"] = said.status_code
            if said.status_code not in (200, 202):
                said.failure(f"{said.status_code}: {(said.text or '')[:200]}")
                _note(note, asked, error=f"POST /chat: {said.status_code}")
                return
            accepted = said.json()
        note["accepted"] = time.perf_counter() - began
        self._session = accepted["session_id"]
        if said.status_code == 200:
            # The answer came with the reply; nobody opens a stream for it.
            note |= {"first": note["accepted"], "last": note["accepted"]} | _told(accepted["answer"])
            _note(note, asked)
            return
        try:
            reading = _Reading(self, accepted["task_id"], began)
            answer = reading.whole(cut=random.random() < CUT_SHARE)
        except (*FAILURE_EXCEPTIONS, ValueError) as error:
            self._count(began, error)
            _note(note, asked, error=f"{type(error).__name__}: {error}")
            return
        self._count(began, None)
        _note(note | reading.figures | _told(answer), asked)

    def _count(self, began: float, error: Exception | None) -> None:
        milliseconds = (time.perf_counter() - began) * 1000
        self.environment.events.request.fire(
            request_type="SSE",
            name="question to last event",
            response_time=milliseconds,
            response_length=0,
            exception=error,
            context={},
        )


class _Reading:
    """One task's stream, over as many connections as it takes; seconds count from the question's POST."""

    def __init__(self, student: Student, task_id: str, began: float) -> None:
        self._student = student
        self._task_id = task_id
        self._began = began
        self._seen: tuple[int, int] = (0, 0)
        self._text = ""
        self.figures: dict[str, Any] = {"events": 0, "cuts": 0, "restarts": 0}

    def whole(self, *, cut: bool) -> dict[str, Any]:
        """The answer, after every event has come once and in order and its text is that of the tokens.

        With `cut` the connection is closed in the middle and taken up again after the last event seen.

        Raises:
            ValueError: the stream said what it must not, or ended without an answer.
        """
        answer = self._read(leave=cut)
        if answer is None and cut:
            self.figures["cuts"] = 1
            time.sleep(random.uniform(*AWAY_SECONDS))
            answer = self._read(leave=False)
        if answer is None:
            raise ValueError("the stream ended without its end")
        if answer["text"] != self._text:
            raise ValueError("the tokens are not the answer")
        return answer

    def _read(self, *, leave: bool) -> dict[str, Any] | None:
        """One connection's events; None when it was left after the first words, or ended before the answer."""
        headers = self._student.bearer | {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        if self._seen != (0, 0):
            headers["Last-Event-ID"] = f"{self._seen[0]}.{self._seen[1]}"
        response = self._student.client.get(
            f"/stream/{self._task_id}", headers=headers, stream=True, name="GET /stream (opened)"
        )
        if response.status_code != 200:
            raise ValueError(f"status {response.status_code}")
        answer = None
        try:
            while block := response.stream.readline(b"\n\n"):
                answer = self._event(bytes(block)) or answer
                if leave and "first" in self.figures:
                    break
        finally:
            # Closes what was left; what was read to its end goes back to the pool.
            response.release()
        return answer

    def _event(self, block: bytes) -> dict[str, Any] | None:
        fields = dict(line.split(b": ", 1) for line in block.splitlines() if b": " in line and line[:1] != b":")
        if b"id" not in fields:
            return None
        attempt, seq = (int(part) for part in fields[b"id"].split(b"."))
        self._follows(attempt, seq)
        self.figures["events"] += 1
        name, data = fields[b"event"].decode(), json.loads(fields[b"data"])
        if name == "restart":
            self._text = ""
            self.figures["restarts"] += 1
        if name == "token":
            self.figures.setdefault("first", time.perf_counter() - self._began)
            self._text += data["text"]
        if name in TERMINAL and name != "done":
            raise ValueError(f"{name}: {data}")
        if name != "done":
            return None
        self.figures["last"] = time.perf_counter() - self._began
        answer: dict[str, Any] = data["answer"]
        return answer

    def _follows(self, attempt: int, seq: int) -> None:
        before = self._seen
        if (attempt, seq) != (before[0], before[1] + 1) and not (attempt > before[0] and seq == 1):
            raise ValueError(f"{attempt}.{seq} came after {before[0]}.{before[1]}")
        self._seen = (attempt, seq)


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    """What the report needs of an answer."""
    told = {name: answer[name] for name in ("intent", "tier", "is_fallback", "refused", "cached")}
    return told | {"cited": bool(answer["citations"])}


def _note(note: dict[str, Any], asked: Asked, *, error: str | None = None) -> None:
    """One line a question; its text only where something was wrong with the answer."""
    right = error is None and note["cited"] and not note["refused"]
    _notes.write(json.dumps(note | {"error": error} | ({} if right else {"question": asked.text})) + "\n")


def _token(student: str) -> str:
    """A token as `prashna token` issues it, without the libraries that this environment does not have."""
    now = int(time.time())
    claims = {"sub": student, "aud": "prashna", "iss": "prashna-demo", "iat": now, "exp": now + LIFETIME}
    head, payload = (_segment(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signed = head + b"." + payload
    return (signed + b"." + _segment(hmac.new(_secret, signed, hashlib.sha256).digest())).decode()


def _segment(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
