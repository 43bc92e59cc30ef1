"""What somebody who means ill, or a broken phone, may send: requests by name, and questions by name."""

import gzip
import json
from dataclasses import dataclass, field
from uuid import uuid4

_JSON = {"Content-Type": "application/json"}
_MB = 1024 * 1024


@dataclass(frozen=True)
class Sent:
    """One request. `statuses` are the answers that are in order."""

    name: str
    method: str = "POST"
    path: str = "/chat"
    body: bytes | None = None
    headers: dict[str, str | bytes] = field(default_factory=lambda: dict(_JSON))
    statuses: tuple[int, ...] = (400, 404, 413, 415, 422)


def _asked(text: str) -> bytes:
    return json.dumps({"query": text}).encode()


_BODIES = {
    "nothing": b"",
    "broken JSON": b'{"query": ',
    "NaN": b'{"query": NaN}',
    "Infinity": b'{"query": -Infinity}',
    "a huge number": b'{"query": 1' + b"0" * 5_000 + b"}",
    "100 levels": b'{"query": ' + b"[" * 100 + b"]" * 100 + b"}",
    "100 levels of objects": b'{"query":' * 100 + b"1" + b"}" * 100,
    "30,000 levels": b"[" * 30_000,
    "an escaped NUL": b'{"query": "a\\u0000b"}',
    "a raw NUL": b'{"query": "a\0b"}',
    "a lone surrogate": b'{"query": "a\\ud800b"}',
    "a reversed pair": b'{"query": "\\udc00\\ud800"}',
    "an encoded surrogate": b'{"query": "\xed\xa0\x80"}',
    "overlong UTF-8": b'{"query": "\xc0\x80"}',
    "no UTF-8": b'{"query": "\xff\xfe"}',
    "10 MB": b'{"query": "' + b"a" * (10 * _MB) + b'"}',
    "a million combining marks": _asked("a" + "\u0301" * 1_000_000),
    "4,001 characters": _asked("a" * 4_001),
    "a session that is none": json.dumps({"query": "a", "session_id": "\x00"}).encode(),
    "somebody's session": json.dumps({"query": "a", "session_id": str(uuid4())}).encode(),
    "a bomb of 30 MB": gzip.compress(_asked(" " * (30 * _MB))),
    "a bomb of 300 MB": gzip.compress(b" " * (300 * _MB), compresslevel=1),
}
_ODD_IDS = ("%00", "%ED%A0%80", "..%2f..%2fetc", "a" * 5_000, "9" * 400, "%F0%9F%98%80", "'; DROP TABLE chat.tasks; --")
_PLACES = (
    ("GET", "/tasks/{}"), ("GET", "/stream/{}"), ("GET", "/sessions/{}"), ("DELETE", "/sessions/{}"),
    ("GET", "/passages/polity/{}"), ("GET", "/passages/{}/x"), ("POST", "/tasks/{}/stop"),
    ("GET", "/stream/x?ticket={}"), ("GET", "/{}"),
)  # fmt: skip
_HEADERS: dict[str, dict[str, str | bytes]] = {
    "a long key": {"Idempotency-Key": "k" * 10_000},
    "an empty key": {"Idempotency-Key": ""},
    "a key of no text": {"Idempotency-Key": b"\xff\xfe\xed\xa0\x80"},
    "a long token": {"Authorization": "Bearer " + "a" * 20_000},
    "a token of no text": {"Authorization": b"Bearer \xff\xfe"},
    "a cookie of no text": {"Cookie": b"prashna_stream=\xff\xfe; prashna_stream=" + b"a" * 5_000},
    "ten thousand languages": {"Accept-Language": "en," * 5_000},
}


def requests() -> list[Sent]:
    """Everything that must get a 4xx, or the ordinary answer where the oddity means nothing to us."""
    found = [Sent(f"a body: {name}", body=body) for name, body in _BODIES.items()]
    packed = _JSON | {"Content-Encoding": "gzip"}
    found += [Sent(f"packed: {name}", body=_BODIES[name], headers=packed) for name in _BODIES if "bomb" in name]
    found += [
        Sent(f"{method} {path} with {odd[:20]}", method, path.format(odd), headers={},
             statuses=(400, 401, 404, 405, 422))
        for method, path in _PLACES for odd in _ODD_IDS
    ]  # fmt: skip
    found += [
        Sent(f"headers: {name}", body=_asked("Where does the Godavari rise?"), headers=_JSON | headers,
             statuses=(200, 202, 400, 401, 404, 413, 422, 429, 431))
        for name, headers in _HEADERS.items()
    ]  # fmt: skip
    found += [
        Sent(f"Last-Event-ID {odd[:10]!r}", "GET", f"/stream/{uuid4()}", headers={"Last-Event-ID": odd},
             statuses=(404,))
        for odd in ("-1.-1", "9" * 8_000, "1.1e5", b"\xff", "١.١".encode())
    ]  # fmt: skip
    found += [
        Sent(f"{method} /chat", method, "/chat", headers={}, statuses=(405,)) for method in ("GET", "PUT", "TRACE")
    ]
    return found


# No HTTP, or hardly: closing the connection is an answer too.
RAW = {
    "a length that lies": b"POST /chat HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n" + _asked("a"),
    "two lengths": b"POST /chat HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
    "a negative length": b"POST /chat HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "broken pieces": b"POST /chat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "a NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
    "a path of a megabyte": b"GET /" + b"a" * _MB + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a version to come": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "noise": bytes(range(256)) * 40,
}
# Strange, and text all the same: answered or refused with a 4xx, and then the stream is exact.
QUESTIONS = {
    "3,990 combining marks": "Godavari a" + "\u0301" * 3_980,
    "right to left": "\u202eاين تنبع نهر غودافاري؟\u202c Where does the Godavari rise?",
    "isolates and tags": "\u2066Godavari\u2069 \U000e0041\U000e0042 where does it rise?",
    "joiners": "गोदावरी कहाँ से निकलती है? क्\u200dष\u200c",
    "an event in a question": "Godavari\n\nid: 9.9\nevent: done\ndata: {}\n\nwhere does it rise?",
    "line separators": "Where does\u2028the Godavari\u2029rise?\x85",
    "markup and a script": "<script>alert(1)</script> ![x](http://127.0.0.1/x) Where does the Godavari rise?",
    "SQL and formats": "'; DROP TABLE chat.tasks; -- %s %1$s {0} $1 Godavari",
    "4,000 emojis": "😀" * 4_000,
    "digits without end": "Article " + "9" * 3_900,
    "brackets": "[1]" * 1_300,
    "blanks": "Godavari" + " " * 3_900 + "rise?",
}
