"""The YAML block at the head of a Markdown file, read as hostile input."""

import yaml
from frontmatter.default_handlers import YAMLHandler

from ingest.document import Rejected

MAX_CHARACTERS = 64_000


class _PlainLoader(yaml.SafeLoader):
    """Keys and values only.

    No aliases: a few lines of them unfold into billions of values. No key twice: which one counts is a guess. The
    loader in Python on purpose: its stack overflows into an exception, the one in C into a crash.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise Rejected("its front matter uses YAML aliases")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := {key for key in seen if seen.count(key) > 1}:
            raise Rejected(f"its front matter has the key {min(twice)!r} twice")
        made: dict[object, object] = super().construct_mapping(node, deep)
        return made


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
    return _keys(handler, block), body


def _keys(handler: YAMLHandler, block: str) -> dict[str, object]:
    try:
        keys = handler.load(block, Loader=_PlainLoader)
    except yaml.YAMLError as error:
        raise Rejected(f"its front matter is not valid YAML: {_explain(error)}") from None
    except (ValueError, RecursionError, OverflowError) as error:
        raise Rejected(f"its front matter holds a value that cannot be read ({type(error).__name__})") from None
    if keys is None:
        return {}
    if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys):
        raise Rejected("its front matter is not a list of keys and values")
    return keys


def _explain(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or type(error).__name__
    mark = getattr(error, "problem_mark", None)
    return f"{problem} in line {mark.line + 1} of it" if mark else str(problem)
