"""The --label option: a name for each document, made from its keys ("Article {number}")."""

import re
from collections.abc import Mapping
from string import Formatter
from typing import Self

from app.errors import ConfigurationError
from ingest import fields
from ingest.document import Rejected

_NAME = re.compile(r"\w+")


class Label:
    """A text with places for keys. Only plain key names may stand in the braces, so that a row can inject nothing."""

    def __init__(self, template: str, parts: list[tuple[str, str | None]]) -> None:
        self.template = template
        self._parts = parts

    @classmethod
    def parse(cls, template: str) -> Self:
        """Read a template.

        Raises:
            ConfigurationError: a brace is not closed, or holds more than a key's name.
        """
        try:
            parsed = list(Formatter().parse(template))
        except ValueError as error:
            raise ConfigurationError(f"--label {template!r}: {error}") from None
        for _, name, form, conversion in parsed:
            if name is not None and (not _NAME.fullmatch(name) or form or conversion):
                raise ConfigurationError(f"--label {template!r}: write a key's name alone in braces, as in {{number}}")
        if not template.strip():
            raise ConfigurationError("--label is empty")
        return cls(template, [(literal, name) for literal, name, _, _ in parsed])

    def of(self, given: Mapping[str, object]) -> str:
        """The label of a document with these keys.

        Raises:
            Rejected: a key is missing, empty or no text or number.
        """
        return " ".join("".join(literal + self._value(given, name) for literal, name in self._parts).split())

    @staticmethod
    def _value(given: Mapping[str, object], name: str | None) -> str:
        if name is None:
            return ""
        value = fields.line(given, name)
        if value is None:
            raise Rejected(f"--label needs the key {name!r}, which it lacks")
        return value
