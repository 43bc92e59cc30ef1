"""Reads a JSON schema: references followed, parts merged, one branch of each choice taken."""

from collections.abc import Mapping
from typing import Any

from app.simulator.exchange import Json

# Below this depth only what is required is filled in, so that schemas that refer to themselves end.
DEEP = 4
DEEPEST = 40


class Resolver:
    """Answers for one root schema, against which its references are read."""

    def __init__(self, root: Json) -> None:
        self._root = root

    def resolve(self, schema: Any, depth: int = 0) -> Json:
        """The schema with its references followed, `allOf` merged, and one branch of each choice taken."""
        for _ in range(DEEPEST):
            if not isinstance(schema, Mapping):
                return {}
            if "$ref" in schema:
                schema = _without(schema, "$ref") | self._pointed(str(schema["$ref"]))
            elif "allOf" in schema:
                schema = _merged(_without(schema, "allOf"), [self.resolve(part, depth) for part in schema["allOf"]])
            elif choice := next((key for key in ("anyOf", "oneOf") if key in schema), None):
                schema = _without(schema, choice) | self._branch(schema[choice], depth)
            else:
                break
        return dict(schema)

    def _pointed(self, reference: str) -> Json:
        node: Any = self._root
        for part in reference.removeprefix("#").strip("/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            node = node.get(key, {}) if isinstance(node, Mapping) and key else node
        return dict(node) if isinstance(node, Mapping) else {}

    def _branch(self, branches: list[Any], depth: int) -> Json:
        # Null comes last, after branches that refer on; where deep, first: they may refer to the schema itself.
        def rank(branch: Any) -> int:
            null = branch.get("type") == "null"
            return (-1 if depth >= DEEP else 2) if null else int("$ref" in branch)

        usable = [branch for branch in branches if isinstance(branch, Mapping)]
        return dict(min(usable, key=rank)) if usable else {}


def _without(schema: Mapping[str, Any], key: str) -> Json:
    return {name: value for name, value in schema.items() if name != key}


def _merged(base: Json, parts: list[Json]) -> Json:
    merged = dict(base)
    for part in parts:
        properties = merged.get("properties", {}) | part.get("properties", {})
        required = [*merged.get("required", []), *part.get("required", [])]
        merged |= part
        merged |= {"properties": properties} if properties else {}
        merged |= {"required": required} if required else {}
    return merged
