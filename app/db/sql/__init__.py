"""Named blocks of SQL. A block starts with `-- name --` and a comment that says what it returns."""

import re
from functools import cache
from pathlib import Path

_HEADING = re.compile(r"^-- ([a-z][a-z0-9_]*) --$", re.MULTILINE)


@cache
def load(filename: str) -> dict[str, str]:
    """The blocks of one file beside this module, by name.

    Raises:
        FileNotFoundError: no such file.
    """
    parts = _HEADING.split((Path(__file__).parent / f"{filename}.sql").read_text())
    return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}
