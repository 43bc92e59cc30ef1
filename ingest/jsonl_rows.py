"""JSONL: one document a line, every line on its own."""

import json
from collections.abc import Iterator

from ingest.document import Rejected, Rejection
from ingest.files import decode

Row = dict[str, object]


def read(name: str, data: bytes) -> Iterator[tuple[str, Row] | Rejection]:
    """Each row with its `file:line`, or why it cannot be read. Empty lines are passed over.

    Raises:
        Rejected: the file is binary.
    """
    if b"\0" in data[:8_192]:
        raise Rejected("it holds NUL bytes: binary data, or text that is not UTF-8")
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            yield place, _row(line)
        except Rejected as error:
            yield Rejection(place, str(error))


def _row(line: bytes) -> Row:
    try:
        row = json.loads(decode(line), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise Rejected(f"the line is not JSON: {error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise Rejected("the line is nested too deeply") from None
    except ValueError:  # Python reads no more than 4,300 digits
        raise Rejected("the line holds a number that is too long") from None
    if not isinstance(row, dict):
        raise Rejected("the line is not a JSON object")
    return row


def _refuse(constant: str) -> object:
    raise Rejected(f"the line holds {constant}, which is no JSON")
