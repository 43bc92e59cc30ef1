"""Makes a value that a JSON schema accepts: what a model with structured output does, without the model."""

import json
import math
from collections.abc import Callable
from typing import Any

from app.simulator.exchange import Json
from app.simulator.patterns import text_matching
from app.simulator.resolver import DEEP, DEEPEST, Resolver
from app.simulator.routing import INTENTS, route_values

_FORMATS = {
    "date": "2024-01-26",
    "date-time": "2024-01-26T10:30:00Z",
    "time": "10:30:00Z",
    "duration": "P1D",
    "email": "someone@example.org",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.org/",
    "url": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def answer(schema: Json, question: str) -> str:
    """JSON text valid under `schema`; a route (an `intent` with our four values) is chosen from the question."""
    return json.dumps(_Maker(schema).fill(question), ensure_ascii=False)


def is_route(schema: Json) -> bool:
    """Whether the schema has an `intent` that takes all four of ours."""
    resolve = Resolver(schema).resolve
    intent = resolve(resolve(schema).get("properties", {}).get("intent", {}))
    return set(intent.get("enum", ())) >= INTENTS


class _Maker:
    def __init__(self, root: Json) -> None:
        self._root = root
        self._resolve = Resolver(root).resolve
        self._by_type: dict[str, Callable[[Json, int], Any]] = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": self._number,
            "number": self._number,
            "boolean": lambda _schema, _depth: True,
            "null": lambda _schema, _depth: None,
        }

    def fill(self, question: str) -> Any:
        """The whole value."""
        value = self._value(self._root, 0)
        if isinstance(value, dict) and is_route(self._root):
            properties = self._resolve(self._root)["properties"]
            wished = route_values(question)
            value |= {name: wished[name] for name in wished if self._fits(properties.get(name), wished[name])}
        return value

    def _value(self, schema: Any, depth: int) -> Any:
        schema = self._resolve(schema, depth)
        for fixed in ("const", "default"):
            if fixed in schema:
                return schema[fixed]
        if schema.get("enum"):
            return schema["enum"][0]
        make = self._by_type.get(_type_of(schema))
        if make is None or depth > DEEPEST:
            return "simulated"
        return make(schema, depth)

    def _object(self, schema: Json, depth: int) -> Json:
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        names = [name for name in properties if depth < DEEP or name in required]
        names += [name for name in required if name not in properties]
        value = {name: self._value(properties.get(name, {}), depth + 1) for name in names}
        extra = schema.get("additionalProperties")
        for number in range(len(value), schema.get("minProperties", 0)):
            value[f"key{number}"] = self._value(extra, depth + 1)
        return value

    def _array(self, schema: Json, depth: int) -> list[Any]:
        heads = [self._value(part, depth + 1) for part in schema.get("prefixItems", [])]
        least = int(schema.get("minItems", 1 if depth < DEEP and not heads else 0))
        count = max(len(heads), min(least, schema.get("maxItems", least)))
        items = schema.get("items", {})
        unique = bool(schema.get("uniqueItems"))
        return heads + [self._item(items, number if unique else 0, depth) for number in range(count - len(heads))]

    def _item(self, items: Any, number: int, depth: int) -> Any:
        """The item at that place of a list whose items must differ; equal items have place 0."""
        schema = self._resolve(items)
        choices = schema.get("enum", ())
        if number < len(choices):
            return choices[number]
        value = self._value(schema, depth + 1)
        if isinstance(value, str) and number:
            return f"{value[: schema.get('maxLength', 64) - 3]}{number:03d}"
        return value + number if number and isinstance(value, int | float) else value

    def _string(self, schema: Json, _depth: int) -> str:
        if "pattern" in schema:
            return text_matching(str(schema["pattern"]))
        text = _FORMATS.get(str(schema.get("format", "")), "simulated")
        shortest, longest = schema.get("minLength", 0), schema.get("maxLength", len(text))
        while len(text) < shortest:
            text += " " + text
        return text[: max(longest, shortest)]

    def _number(self, schema: Json, _depth: int) -> float | int:
        whole = _type_of(schema) == "integer"
        step = schema.get("multipleOf", 1 if whole else None)
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        if step:
            return _stepped(schema, step, low, high)
        if low is None or high is None:
            return float(low + 1 if low is not None else high - 1 if high is not None else 1)
        return float((low + high) / 2)

    def _fits(self, schema: Any, value: Any) -> bool:
        if schema is None:
            return False
        schema = self._resolve(schema)
        if "enum" in schema:
            return value in schema["enum"]
        if isinstance(value, str):
            return bool(schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)))
        if isinstance(value, list):
            return not schema.get("minItems")
        return bool(schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf))


def _type_of(schema: Json) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    if kind is None:
        kind = "object" if "properties" in schema else "array" if "items" in schema else ""
    return str(kind)


def _stepped(schema: Json, step: float, low: float | None, high: float | None) -> float | int:
    """The least multiple of `step` from `low` up (or the greatest under `high`) that both bounds allow."""
    if low is not None:
        value = math.ceil(low / step) * step
        return value + step if value == schema.get("exclusiveMinimum") else value
    if high is not None:
        value = math.floor(min(high, step) / step) * step
        return value - step if value == schema.get("exclusiveMaximum") else value
    return step
