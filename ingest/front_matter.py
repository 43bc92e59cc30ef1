"""The YAML block at the head of a Markdown file, read as hostile input."""

from collections import Counter
from typing import Any

import yaml
from frontmatter.default_handlers import YAMLHandler

from ingest.document import Rejected

MAX_CHARACTERS = 64_000
_SHOWN_CHARACTERS = 60
# What a value was written as, by its tag; the editor does not know tags.
_KINDS = {"timestamp": "date such as 2024-01-31", "int": "number", "float": "number"}
# What the loader raises, for want of a check of its own, of a thirteenth month, `!!bool maybe` or `!!int ""`.
_UNREADABLE = (ValueError, OverflowError, LookupError, AttributeError)


class _PlainLoader(yaml.SafeLoader):
    """Keys and values only.

    No aliases: a few lines of them unfold into billions of values. No key twice: which one counts is a guess. The
    loader in Python on purpose: its stack overflows into an exception, the one in C into a crash.
    """

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._names: dict[yaml.Node, str] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise Rejected("its front matter uses YAML aliases")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        names = {value: key.value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
        if twice := [name for name, times in Counter(names.values()).items() if times > 1]:
            raise Rejected(f"its front matter has the key {min(twice)!r} twice")
        self._names |= names
        made: dict[object, object] = super().construct_mapping(node, deep)
        return made

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except _UNREADABLE:
            if not isinstance(node, yaml.ScalarNode):
                raise
            raise Rejected(self._unreadable(node)) from None

    def _unreadable(self, node: yaml.ScalarNode) -> str:
        name, line = self._names.get(node, "a value"), node.start_mark.line + 1
        value = node.value if len(node.value) <= _SHOWN_CHARACTERS else node.value[:_SHOWN_CHARACTERS] + "…"
        kind = node.tag.rpartition(":")[2]
        return f"{name} in line {line} of it is not a {_KINDS.get(kind, kind)}: {value!r}"


def split(text: str) -> tuple[dict[str, object], str]:
    """The keys of the front matter and the text after it; no keys where a file has no front matter.

    Raises:
        Rejected: the block is not closed, is no YAML, or is no list of keys and values.
    """
    handler = YAMLHandler()
    if not handler.detect(text):
        return {}, text
    try:
        block, body = handler.split(text)
    except ValueError:
        raise Rejected("its front matter begins with --- and is not closed by ---") from None
    if len(block) > MAX_CHARACTERS:
        raise Rejected(f"its front matter has more than {MAX_CHARACTERS} characters")
    boundary = handler.FM_BOUNDARY.match(text)
    # Its lines are counted as the file's.
    above = boundary[0].count("\n") if boundary else 0
    return _keys(handler, "\n" * above + block), body


def _keys(handler: YAMLHandler, block: str) -> dict[str, object]:
    try:
        keys = handler.load(block, Loader=_PlainLoader)
    except yaml.YAMLError as error:
        raise Rejected(f"its front matter is not valid YAML: {_explain(error)}") from None
    except RecursionError:
        raise Rejected("its front matter is nested too deeply") from None
    if keys is None:
        return {}
    if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys):
        raise Rejected("its front matter is not a list of keys and values")
    return keys


def _explain(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or type(error).__name__
    mark = getattr(error, "problem_mark", None)
    return f"{problem} in line {mark.line + 1} of it" if mark else str(problem)
