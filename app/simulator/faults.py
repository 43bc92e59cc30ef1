"""What can go wrong at a provider: a table from the fault's name to the small function that does it.

A new fault is one row: how the reply is delivered, or how the answer's content is changed, or both.
"""

import dataclasses
import json
from dataclasses import dataclass

from app.errors import ConfigurationError
from app.simulator import deliveries
from app.simulator.completion import Change, Completion
from app.simulator.exchange import Json
from app.simulator.reply import send_whole

ALL_KINDS = frozenset({"chat", "embeddings", "rerank"})
CHAT = frozenset({"chat"})


def _unchanged(completion: Completion) -> Completion:
    return completion


@dataclass(frozen=True, slots=True)
class Fault:
    """`deliver` sends the reply, `content` changes a chat answer before; `kinds` are the calls it touches."""

    deliver: deliveries.Deliver = send_whole
    content: Change = _unchanged
    kinds: frozenset[str] = ALL_KINDS


HEALTHY = Fault()


def named(name: str | None) -> Fault:
    """The fault of that name; None is health.

    Raises:
        ConfigurationError: no such fault; the message lists them.
    """
    if name is None:
        return HEALTHY
    if name not in FAULTS:
        raise ConfigurationError(f"unknown fault {name!r}; known are: {', '.join(sorted(FAULTS))}")
    return FAULTS[name]


def _empty(completion: Completion) -> Completion:
    return dataclasses.replace(completion, text="")


def _filtered(completion: Completion) -> Completion:
    return dataclasses.replace(completion, text="", finish="content_filter")


def _with_nul(completion: Completion) -> Completion:
    """A NUL and half a surrogate pair after the first words: PostgreSQL takes neither."""
    if completion.schema is not None:
        return completion
    head, _, tail = completion.text.partition(" ")
    return dataclasses.replace(completion, text=f"{head} \x00\ud800 {tail}")


def _against_schema(completion: Completion) -> Completion:
    """Every property is an object of the wrong shape; a schema without properties gets a list."""
    if completion.schema is None:
        return completion
    names = _property_names(completion.schema)
    wrong: Json | list[str] = {name: {"wrong": name} for name in names} if names else ["wrong"]
    return dataclasses.replace(completion, text=json.dumps(wrong))


def _property_names(schema: Json) -> list[str]:
    root = schema
    if reference := str(schema.get("$ref", "")):
        root = schema.get("$defs", {}).get(reference.rpartition("/")[2], {})
    return list(root.get("properties", {}))


def _cut_by_length(completion: Completion) -> Completion:
    return dataclasses.replace(completion, limit=5)


FAULTS: dict[str, Fault] = {
    "rate_limited": Fault(deliveries.limited("2")),
    "rate_limited_long": Fault(deliveries.limited("600")),
    "rate_limited_garbage": Fault(deliveries.limited("soon")),
    "server_error": Fault(deliveries.server_error),
    "unauthorized": Fault(deliveries.unauthorized),
    "html_502": Fault(deliveries.refuse(502, deliveries.HTML_502, content_type="text/html")),
    "html_200": Fault(deliveries.refuse(200, deliveries.HTML_502, content_type="text/html")),
    "stall": Fault(deliveries.stall),
    "headers_only": Fault(deliveries.headers_only),
    "stall_after_first": Fault(deliveries.stall_after_first),
    "slow": Fault(deliveries.slow),
    "reset": Fault(deliveries.reset),
    "reset_mid_stream": Fault(deliveries.reset_mid_stream),
    "reset_mid_token": Fault(deliveries.reset_mid_token),
    "huge_chunk": Fault(deliveries.huge_chunk),
    "truncated": Fault(deliveries.truncated),
    "garbage": Fault(deliveries.garbage),
    "error_event": Fault(deliveries.error_event),
    "split_bytes": Fault(deliveries.split_bytes),
    "endless": Fault(deliveries.endless),
    "empty": Fault(content=_empty, kinds=CHAT),
    "filtered": Fault(content=_filtered, kinds=CHAT),
    "nul": Fault(content=_with_nul, kinds=CHAT),
    "invalid_schema": Fault(content=_against_schema, kinds=CHAT),
    "wrong_finish": Fault(content=_cut_by_length, kinds=CHAT),
    "embeddings_dead": Fault(deliveries.server_error, kinds=frozenset({"embeddings"})),
    "embeddings_limited": Fault(deliveries.limited("2"), kinds=frozenset({"embeddings"})),
    "rerank_dead": Fault(deliveries.server_error, kinds=frozenset({"rerank"})),
    "rerank_limited": Fault(deliveries.limited("2"), kinds=frozenset({"rerank"})),
}
