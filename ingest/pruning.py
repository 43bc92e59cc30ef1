"""Stored documents whose file is no longer there, for --prune."""

import glob
import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from app.errors import ConfigurationError
from ingest.document import Rejection

_LINE = re.compile(r":\d+\Z")


def check(paths: Sequence[str]) -> None:
    """Refuse paths that say too little about what ought to be there.

    Raises:
        ConfigurationError: a pattern, or standard input.
    """
    for path in paths:
        if path == "-" or (glob.has_magic(path) and not os.path.lexists(path)):
            raise ConfigurationError(f"--prune needs the folders or files themselves, not {path!r}")


def origin(path: str) -> str | None:
    """What `documents.origin` keeps of a file's name; None of standard input."""
    return str(Path(path).resolve()) if path and path != "-" else None


def gone(
    stored: Mapping[str, str], paths: Sequence[str], seen: Collection[str], rejected: Sequence[Rejection]
) -> list[str]:
    """The keys of `stored` (key to file) that came from under one of the paths and are not among the `seen`.

    A folder that is not there is taken for a slip of the keyboard, not for an empty one; and a file or a folder that
    could not be read keeps all that came from it.
    """
    roots = [Path(path).resolve() for path in paths]
    kept = {path for one in rejected if (path := _file(one)).exists() and not _is_listed(path)}
    return [
        key
        for key, file in stored.items()
        if key not in seen and _under(Path(file), roots) and kept.isdisjoint((Path(file), *Path(file).parents))
    ]


def refers_to(rejection: Rejection, files: Collection[str]) -> bool:
    """Whether the rejection is of one of these files."""
    return str(_file(rejection)) in files


def _file(rejection: Rejection) -> Path:
    path = Path(rejection.name)
    return (path if os.path.lexists(path) else Path(_LINE.sub("", rejection.name))).resolve()


def _is_listed(path: Path) -> bool:
    """Whether it is a folder that can be looked into: one of which nothing was taken is empty."""
    try:
        with os.scandir(path):
            return True
    except OSError:
        return False


def _under(file: Path, roots: Sequence[Path]) -> bool:
    return any(file == root or (file.is_relative_to(root) and root.is_dir()) for root in roots)
