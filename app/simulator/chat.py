"""Answers POST /v1/chat/completions: plain text from the prompt's passages, or JSON under the schema it was sent."""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.simulator import answers, prompt, schema
from app.simulator.completion import Change, Completion, ToolCall, body, stream
from app.simulator.exchange import BadRequestError, Json
from app.simulator.prompt import Prompt
from app.simulator.reply import Reply, tokens_in


def reply(request: Json, change: Change) -> Reply:
    """The reply to a chat request, with `change` done to its content.

    Raises:
        BadRequestError: no messages, or tools that are no functions.
    """
    completion = change(_complete(request))
    if not request.get("stream"):
        return body(completion)
    options = request.get("stream_options") or {}
    return stream(completion, include_usage=bool(options.get("include_usage")))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What form the answer must have."""

    schema: Json | None = None
    tool: ToolCall | None = None


def _complete(request: Json) -> Completion:
    asked = prompt.read(request.get("messages"))
    wanted = _tool_wanted(request) or _format_wanted(request)
    text = answers.write(asked) if wanted is None else _structured(wanted, asked)
    limit = request.get("max_completion_tokens") or request.get("max_tokens")
    return Completion(
        id=f"chatcmpl-{uuid.uuid4().hex[:24]}",
        created=int(time.time()),
        model=str(request.get("model", "")),
        text=text,
        prompt_tokens=tokens_in(asked.text),
        tool=wanted.tool if wanted else None,
        schema=wanted.schema if wanted else None,
        limit=limit if isinstance(limit, int) else None,
    )


def _structured(wanted: _Wanted, asked: Prompt) -> str:
    if wanted.schema is None:
        return json.dumps({"answer": answers.write(asked)}, ensure_ascii=False)
    return schema.answer(wanted.schema, asked.question)


def _tool_wanted(request: Json) -> _Wanted | None:
    tools = request.get("tools")
    choice = request.get("tool_choice", "auto")
    if not tools or choice == "none":
        return None
    try:
        functions = {tool["function"]["name"]: tool["function"].get("parameters", {}) for tool in tools}
        name = choice["function"]["name"] if isinstance(choice, Mapping) else next(iter(functions))
        parameters = functions[name]
    except (KeyError, TypeError, AttributeError):
        raise BadRequestError("'tools' must be functions, and 'tool_choice' one of them") from None
    call = ToolCall(f"call_{uuid.uuid4().hex[:24]}", name, forced=isinstance(choice, Mapping))
    return _Wanted(parameters, call)


def _format_wanted(request: Json) -> _Wanted | None:
    wanted = request.get("response_format")
    if not isinstance(wanted, Mapping):
        return None
    kind = wanted.get("type")
    if kind == "json_schema":
        return _Wanted(dict(wanted.get("json_schema", {}).get("schema", {})))
    if kind == "json_object":
        # This mode sends no schema beside the messages: clients write it into one of them.
        return _Wanted(_schema_in(prompt.text_of(message) for message in request["messages"]))
    return None


def _schema_in(texts: Any) -> Json | None:
    decoder = json.JSONDecoder()
    for text in texts:
        at = text.find("{")
        while at >= 0:
            try:
                value, end = decoder.raw_decode(text, at)
            except ValueError:
                value, end = None, at + 1
            if isinstance(value, dict) and ("properties" in value or "$ref" in value):
                return value
            at = text.find("{", end)
    return None
