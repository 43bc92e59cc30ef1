"""CSV: one document a row under a line of column names, read as the rows of JSONL are."""

import csv
import io
from collections.abc import Iterator

from ingest.document import Rejected, Rejection
from ingest.files import MAX_BYTES, decode
from ingest.jsonl_rows import Row

_DELIMITERS = ",;\t|"


def read(name: str, data: bytes) -> Iterator[tuple[str, Row] | Rejection]:
    """Each row with its `file:line`, or why it cannot be read. Empty cells are keys the row does not have.

    Raises:
        Rejected: the file is not UTF-8 text, or its first line is no list of distinct column names.
    """
    text = decode(data)
    csv.field_size_limit(MAX_BYTES)
    head = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=head.count), strict=True)
    names = _names(rows)
    line = rows.line_num
    while True:
        place = f"{name}:{line + 1}"
        try:
            cells = next(rows, None)
        except csv.Error as error:
            # A quote that is not closed takes the rest of the file.
            yield Rejection(place, f"the row is not CSV: {error}")
            return
        if cells is None:
            return
        line = rows.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            yield Rejection(place, f"the row has {len(cells)} cells, and there are {len(names)} columns")
        else:
            yield place, {key: cell for key, cell in zip(names, cells, strict=True) if cell.strip()}


def _names(rows: Iterator[list[str]]) -> list[str]:
    try:
        names = [cell.strip() for cell in next(rows, [])]
    except csv.Error as error:
        raise Rejected(f"its first line is not CSV: {error}") from None
    if not all(names):
        raise Rejected("its first line has a column without a name")
    if twice := {name for name in names if names.count(name) > 1}:
        raise Rejected(f"its first line has the column {min(twice)!r} twice")
    return names
