"""Rows that people hand to a command: JSON Lines from a file or from standard input, all read before any is used."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.errors import InvalidText, PrashnaError, QueryTooLong
from app.retrieval import intake


class BadRows(PrashnaError):
    """The rows cannot be read."""


def objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row with the place it stands at, as a message names it; blank lines are left out. `-` is standard input.

    Raises:
        BadRows: the file cannot be read, or a line is no JSON object; names the first such line.
    """
    name = "standard input" if str(path) == "-" else str(path)
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        # Not splitlines: U+2028 may stand inside a string of JSON.
        lines = data.decode("utf-8-sig").split("\n")
    except OSError as error:
        raise BadRows(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadRows(f"{name} cannot be read: it is not UTF-8") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{name}, line {number}"
            yield where, _object(line, where)


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise BadRows(f"{where}: not JSON") from None
    if not isinstance(row, dict):
        raise BadRows(f"{where}: not an object")
    return row


def question(row: dict[str, Any], name: str, where: str) -> str:
    """The question in that field, cleaned as the API cleans it.

    Raises:
        BadRows: it is missing, empty, longer than the API takes, or holds control characters; says where.
    """
    text = row.get(name)
    if not isinstance(text, str):
        raise BadRows(f'{where}: "{name}" is not a question')
    try:
        return intake.cleaned(text)
    except (InvalidText, QueryTooLong) as error:
        raise BadRows(f'{where}: "{name}": {error}') from None
