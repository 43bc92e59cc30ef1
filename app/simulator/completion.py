"""A chat completion and the two shapes OpenAI's protocol gives it: one JSON body, or server-sent chunks."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.simulator.exchange import Json
from app.simulator.reply import EVENTS, Reply, pieces_of


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The function that the answer calls; `forced` where the request named it."""

    id: str
    name: str
    forced: bool


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer: `text` is the message, or the arguments (JSON text) when `tool` is set.

    `schema` is the JSON schema that the text was asked to satisfy, if any; `limit` the most tokens it may have;
    `finish` why it ended, where that is not what it looks like.
    """

    id: str
    created: int
    model: str
    text: str
    prompt_tokens: int
    tool: ToolCall | None = None
    schema: Json | None = None
    limit: int | None = None
    finish: str | None = None

    def pieces(self) -> list[str]:
        """The tokens that are sent."""
        return pieces_of(self.text)[: self.limit]

    def finish_reason(self) -> str:
        """As OpenAI gives it: a call that the request forced counts as an ordinary stop."""
        if self.finish is not None:
            return self.finish
        if self.limit is not None and len(pieces_of(self.text)) > self.limit:
            return "length"
        return "tool_calls" if self.tool and not self.tool.forced else "stop"

    def usage(self) -> Json:
        """Tokens in and out, as counted by `reply.tokens_in`."""
        out = len(self.pieces())
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": out,
            "total_tokens": self.prompt_tokens + out,
        }


Change = Callable[[Completion], Completion]


def body(completion: Completion) -> Reply:
    """The reply to a request that did not ask for a stream."""
    text = "".join(completion.pieces())
    message: Json = {"role": "assistant", "content": text, "refusal": None}
    if completion.tool:
        message |= {"content": None, "tool_calls": [_call(completion.tool, text)]}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": completion.finish_reason()}
    whole = _head(completion, "chat.completion") | {"choices": [choice], "usage": completion.usage()}
    return Reply(pieces=(_dump(whole),), tokens=len(completion.pieces()))


def stream(completion: Completion, *, include_usage: bool) -> Reply:
    """The reply to a request with `stream: true`; the usage chunk only where `stream_options` asks for it."""
    head = _head(completion, "chat.completion.chunk") | ({"usage": None} if include_usage else {})

    def chunk(delta: Json, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event(head | {"choices": [choice]})

    first: Json = {"role": "assistant", "content": "", "refusal": None}
    if completion.tool:
        first |= {"content": None, "tool_calls": [{"index": 0} | _call(completion.tool, "")]}
    closing = chunk({}, completion.finish_reason())
    if include_usage:
        closing += _event(head | {"choices": [], "usage": completion.usage()})
    pieces = tuple(chunk(_delta(completion, piece)) for piece in completion.pieces())
    done = b"data: [DONE]\n\n"
    return Reply(pieces, EVENTS, opening=chunk(first), closing=closing + done, tokens=len(pieces))


def _head(completion: Completion, kind: str) -> Json:
    head = {"id": completion.id, "object": kind, "created": completion.created, "model": completion.model}
    return head | {"system_fingerprint": "fp_simulated"}


def _call(tool: ToolCall, arguments: str) -> Json:
    return {"id": tool.id, "type": "function", "function": {"name": tool.name, "arguments": arguments}}


def _delta(completion: Completion, piece: str) -> Json:
    if completion.tool:
        return {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
    return {"content": piece}


def _event(payload: Json) -> bytes:
    return b"data: " + _dump(payload) + b"\n\n"


def _dump(payload: Any) -> bytes:
    try:
        return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # A lone surrogate (the fault "nul") exists in JSON as an escape, in UTF-8 not at all.
        return json.dumps(payload, separators=(",", ":")).encode()
