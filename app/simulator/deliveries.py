"""How a reply reaches the client on a bad day: refused, late, cut, spoiled or not at all."""

import asyncio
import dataclasses
import json
from collections.abc import Callable, Coroutine
from typing import Any

from app.simulator.exchange import Exchange
from app.simulator.reply import JSON, Reply, send_whole

Deliver = Callable[[Exchange, Reply], Coroutine[Any, Any, None]]

# Bytes that were just written reach the client before the reset does.
_FLUSH_SECONDS = 0.05
_HUGE_CHARACTERS = 4_000_000


def error_body(message: str, kind: str, code: str | None = None) -> bytes:
    """An error as OpenAI words it; Cohere's client reads `message` beside it."""
    return json.dumps(
        {"error": {"message": message, "type": kind, "param": None, "code": code}, "message": message}
    ).encode()


def refuse(status: int, body: bytes, *, content_type: str = JSON, retry_after: str | None = None) -> Deliver:
    async def refusal(exchange: Exchange, _reply: Reply) -> None:
        await exchange.start(status, content_type, {"retry-after": retry_after} if retry_after else None)
        await exchange.end(body)

    return refusal


def limited(retry_after: str) -> Deliver:
    body = error_body("Rate limit reached, please try again later.", "requests", "rate_limit_exceeded")
    return refuse(429, body, retry_after=retry_after)


server_error = refuse(500, error_body("The server had an error while processing your request.", "server_error"))
unauthorized = refuse(401, error_body("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"))
HTML_502 = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"


async def stall(exchange: Exchange, _reply: Reply) -> None:
    await exchange.hold()


async def headers_only(exchange: Exchange, reply: Reply) -> None:
    await exchange.start(200, reply.content_type)
    await exchange.hold()


async def _begin(exchange: Exchange, reply: Reply, tokens: int) -> None:
    await reply.wait_for_first()
    await exchange.start(200, reply.content_type)
    for piece in reply.beginning(tokens):
        await exchange.write(piece)
        await asyncio.sleep(reply.gap)


async def stall_after_first(exchange: Exchange, reply: Reply) -> None:
    await _begin(exchange, reply, tokens=1)
    await exchange.hold()


async def reset(exchange: Exchange, _reply: Reply) -> None:
    exchange.reset()


async def reset_mid_stream(exchange: Exchange, reply: Reply) -> None:
    await _begin(exchange, reply, tokens=5)
    await asyncio.sleep(_FLUSH_SECONDS)
    exchange.reset()


async def reset_mid_token(exchange: Exchange, reply: Reply) -> None:
    """Within the sixth token's bytes."""
    await _begin(exchange, reply, tokens=5)
    torn = reply.pieces[5 % len(reply.pieces)]
    await exchange.write(torn[: len(torn) // 2])
    await asyncio.sleep(_FLUSH_SECONDS)
    exchange.reset()


async def huge_chunk(exchange: Exchange, reply: Reply) -> None:
    """Four megabytes in one piece: of words in a stream, of nothing else in a body."""
    await reply.wait_for_first()
    await exchange.start(200, reply.content_type)
    if reply.streamed:
        words = json.dumps({"choices": [{"index": 0, "delta": {"content": "word " * (_HUGE_CHARACTERS // 5)}}]})
        await exchange.write(b"data: " + words.encode() + b"\n\n")
    else:
        await exchange.write(b" " * _HUGE_CHARACTERS)
    for piece in (reply.opening, *reply.pieces):
        await exchange.write(piece)
    await exchange.end(reply.closing)


async def truncated(exchange: Exchange, reply: Reply) -> None:
    await _begin(exchange, reply, tokens=5)
    await exchange.end()


async def garbage(exchange: Exchange, reply: Reply) -> None:
    if reply.streamed:
        await _begin(exchange, reply, tokens=1)
        await exchange.end(b'data: {"choices":[{"index":0,"delta":{"content": oops\n\n')
        return
    await exchange.start(200, reply.content_type)
    await exchange.end(b'{"choices":[{"index":0, oops')


async def error_event(exchange: Exchange, reply: Reply) -> None:
    error = error_body("The server had an error while processing your request.", "server_error")
    if not reply.streamed:
        await exchange.start(200, reply.content_type)
        await exchange.end(error)
        return
    await _begin(exchange, reply, tokens=1)
    await exchange.end(b"data: " + error + b"\n\n")


async def slow(exchange: Exchange, reply: Reply) -> None:
    """A piece a second; a body that is not streamed comes in twenty."""
    if not reply.streamed:
        body = b"".join(reply.pieces)
        part = -(-len(body) // 20)
        reply = dataclasses.replace(reply, pieces=tuple(body[at : at + part] for at in range(0, len(body), part)))
    await send_whole(exchange, dataclasses.replace(reply, gap=1.0, tokens=0))


async def split_bytes(exchange: Exchange, reply: Reply) -> None:
    """Every event in two writes, cut inside its first character of several bytes (else in the middle)."""
    await reply.wait_for_first()
    await exchange.start(200, reply.content_type)
    for piece in (reply.opening, *reply.pieces):
        cut = next((at + 1 for at, byte in enumerate(piece) if byte >= 0xC0), len(piece) // 2)
        await exchange.write(piece[:cut])
        await asyncio.sleep(0.001)
        await exchange.write(piece[cut:])
    await exchange.end(reply.closing)


async def endless(exchange: Exchange, reply: Reply) -> None:
    await _begin(exchange, reply, tokens=0)
    while True:
        for piece in reply.pieces:
            await exchange.write(piece)
            # Unpaced it would fill the client's memory faster than any test wants.
            await asyncio.sleep(reply.gap or 0.001)
