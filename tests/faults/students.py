"""Students as their phones behave: they ask again with the same key, and take the stream up where it was cut."""

import asyncio
import json
import random
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
from support import event_reader
from support.stack import SECRET

from app.api import tokens
from faults.ledger import Asked, Ledger, Reply

_RETRY = re.compile(rb"retry: (\d+)\n")
_PATIENCE_SECONDS = 150.0
# No byte for so long, where a ping is due every 15 s: the connection is taken for dead.
_SILENCE_SECONDS = 25.0


class Students:
    """A crowd behind one client. `addresses` are the API's; a student who is cut off tries the next."""

    def __init__(self, ledger: Ledger, client: httpx.AsyncClient, addresses: Sequence[str], rng: random.Random) -> None:
        self._ledger = ledger
        self._client = client
        self.addresses = list(addresses)
        self._rng = rng

    async def ask(self, student: str, question: str, *, key: str | None = None, follow: bool = True) -> Asked:
        """Ask, and with `follow` read the answer to its end; what happened is in the result and the ledger."""
        asked = await self.post(student, question, key=key)
        if follow and asked.task:
            await self.follow(asked)
        return asked

    async def post(
        self, student: str, question: str, *, key: str | None = None, patience: float = _PATIENCE_SECONDS
    ) -> Asked:
        """Ask until it is accepted or refused for good."""
        asked = Asked(student, question, key or f"{self._rng.getrandbits(64):016x}")
        self._ledger.asked.append(asked)
        deadline = time.monotonic() + patience
        headers = {"Idempotency-Key": asked.key}
        for number in range(10_000):
            reply = await self.request("POST", "/chat", student, json={"query": question}, headers=headers, at=number)
            if reply is not None and reply.status_code in (200, 202):
                asked.task, asked.accepted = UUID(reply.json()["task_id"]), time.monotonic()
                return asked
            if reply is not None and reply.status_code not in (429, 502, 503):
                asked.given_up = f"POST /chat: {reply.status_code} {reply.text[:200]}"
                return asked
            wait = float(reply.headers.get("retry-after", "1")) if reply is not None else 0.5
            if time.monotonic() + wait > deadline:
                break
            await asyncio.sleep(wait * self._rng.uniform(1.0, 1.3))
        asked.given_up = "POST /chat: refused again and again"
        return asked

    async def follow(self, asked: Asked, *, begin_at: int = 0) -> None:
        """Read the stream to its end, over as many connections as that takes."""
        asked.followed = True
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not asked.ended:
            if time.monotonic() > deadline:
                asked.given_up = f"no end after {asked.connections} connections"
                return
            address = self.addresses[(begin_at + asked.connections) % len(self.addresses)]
            asked.connections += 1
            try:
                await self._read(asked, address)
            except httpx.HTTPError:
                await asyncio.sleep(asked.retry)
            except AssertionError as error:
                asked.given_up = str(error)
                return

    async def request(
        self, method: str, path: str, student: str, *, at: int = 0, **parts: object
    ) -> httpx.Response | None:
        """One request with its reply in the ledger; None where the connection was lost."""
        began = time.monotonic()
        address = self.addresses[at % len(self.addresses)]
        headers = _bearer(student) | dict(parts.pop("headers", None) or {})
        try:
            reply = await self._client.request(method, address + path, headers=headers, **parts)
        except httpx.HTTPError:
            return None
        self._note(began, path, reply)
        return reply

    async def _read(self, asked: Asked, address: str) -> None:
        """One connection of a stream, and the wait after it where it was not the last."""
        headers = _bearer(asked.student)
        if asked.events:
            headers["Last-Event-ID"] = asked.events[-1].id
        began, raw, path = time.monotonic(), b"", f"/stream/{asked.task}"
        async with self._client.stream("GET", address + path, headers=headers) as reply:
            self._note(began, "/stream", reply)
            if reply.status_code != 200:
                assert reply.status_code in (429, 502, 503), f"GET /stream: {reply.status_code}"
                await asyncio.sleep(float(reply.headers.get("retry-after", asked.retry)))
                return
            asked.attached.append(time.monotonic())
            async for piece in reply.aiter_raw():
                whole, cut, raw = (raw + piece).rpartition(b"\n\n")
                if found := _RETRY.search(whole + cut):
                    asked.retry = int(found[1]) / 1000
                for event in event_reader.parse(whole + cut):
                    asked.events.append(event)
                    asked.heard.append(time.monotonic())
        if not asked.ended:
            await asyncio.sleep(asked.retry)

    def _note(self, began: float, path: str, reply: httpx.Response) -> None:
        retry_after = reply.headers.get("retry-after")
        self._ledger.replies.append(Reply(began, time.monotonic(), path, reply.status_code, retry_after))


def _bearer(student: str) -> dict[str, str]:
    token = tokens.issue(SECRET, student=student, audience="prashna", issuer="prashna-demo")
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def crowd(ledger: Ledger, addresses: Sequence[str], rng: random.Random) -> AsyncIterator[Students]:
    """Students for one experiment."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    timeout = httpx.Timeout(30, read=_SILENCE_SECONDS)
    async with httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False) as client:
        yield Students(ledger, client, addresses, rng)


def text_of(asked: Asked) -> str:
    """Every byte that this reader was shown, as one text to search in."""
    return json.dumps([event.data for event in asked.events], ensure_ascii=False)
