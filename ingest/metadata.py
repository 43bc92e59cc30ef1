"""The --metadata file: keys for files that cannot carry front matter, joined to them by name."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.errors import ConfigurationError
from ingest import csv_rows, fields, files, jsonl_rows
from ingest.document import Rejected, Rejection, one_line
from ingest.files import Source
from ingest.jsonl_rows import Row
from ingest.kinds import ROWS

# The column that says which file a row is about: its path under the folder given, or its name where only one has it.
FILE = ("file", "key")
_OF_ONE_TEXT = ("id", "title")


@dataclass(frozen=True, slots=True)
class Entry:
    """What the row at `place` gives a file; `problem` says why it cannot."""

    place: str
    given: Mapping[str, object]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """The rows by the file that each names."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    @classmethod
    def load(cls, path: str) -> "Metadata":
        """Read a CSV file, a JSONL file, or a JSON file of an object by file name or of a list of objects.

        Raises:
            ConfigurationError: it cannot be read, a row of it cannot, or a row names no file or one named before.
                Content without its dates must not go in because a line was broken.
        """
        entries: dict[str, Entry] = {}
        try:
            for place, row in _rows(path):
                name = _file_of(place, row)
                if first := entries.get(name):
                    raise Rejected(f"{place}: {first.place} has the file {name!r} too")
                given = {key: value for key, value in row.items() if key not in FILE}
                entries[name] = Entry(place, given, _problem(given))
        except Rejected as error:
            raise ConfigurationError(f"--metadata {path}: {error}") from None
        return cls(entries)

    def join(self, sources: Sequence[Source]) -> tuple[list[Source], list[Rejection], list[str]]:
        """The files with what is given for them, those whose row is wrong, and a line for each row of no file."""
        if not self.entries:
            return list(sources), [], []
        names = Counter(source.path.name for source in sources)
        joined, refused, used = [], [], set()
        for source in sources:
            spoken = (
                source.key or source.name,
                source.name,
                *([source.path.name] if names[source.path.name] == 1 else []),
            )
            name = next((one for one in spoken if one in self.entries), None)
            if name is None:
                joined.append(source)
                continue
            used.add(name)
            entry = self.entries[name]
            if problem := entry.problem or _misplaced(source, entry.given):
                refused.append(Rejection(source.name, f"{entry.place}: {problem}"))
            else:
                joined.append(replace(source, given=entry.given, given_at=entry.place))
        unknown = [
            f"{entry.place}: " + (f"{names[name]} files are called {name!r}" if names[name] > 1 else
                                  f"no file {name!r} is among the paths")
            for name, entry in self.entries.items() if name not in used
        ]  # fmt: skip
        return joined, refused, unknown


def _rows(path: str) -> Iterator[tuple[str, Row]]:
    data = files.read(Source(Path(path), path, path, "metadata"))
    suffix = Path(path).suffix.lower()
    if suffix == ".json":
        yield from _json_rows(path, data)
        return
    readers = {".csv": csv_rows.read, ".tsv": csv_rows.read, ".jsonl": jsonl_rows.read, ".ndjson": jsonl_rows.read}
    if suffix not in readers:
        raise Rejected("it is not a .csv, .jsonl or .json file")
    for result in readers[suffix](path, data):
        if isinstance(result, Rejection):
            raise Rejected(f"{result.name}: {result.reason}")
        yield result


def _json_rows(path: str, data: bytes) -> Iterator[tuple[str, Row]]:
    try:
        said = json.loads(files.decode(data))
    except (ValueError, RecursionError) as error:
        raise Rejected(f"it is not JSON: {error}") from None
    if isinstance(said, dict):
        said = [{**row, "file": name} if isinstance(row, dict) else row for name, row in said.items()]
    if not isinstance(said, list) or not all(isinstance(row, dict) for row in said):
        raise Rejected("it is neither an object of objects by file name nor a list of objects")
    for number, row in enumerate(said, start=1):
        yield f"{path}: entry {number}", row


def _file_of(place: str, row: Row) -> str:
    try:
        name = next((name for key in FILE if (name := fields.line(row, key))), None)
    except Rejected as error:
        raise Rejected(f"{place}: {error}") from None
    if name is None:
        raise Rejected(f"{place}: it names no file (in a column called file)")
    return name.removeprefix("./")


def _problem(given: Mapping[str, object]) -> str | None:
    if "text" in given:
        return "text comes from the file, not from its metadata"
    try:
        for key in given:
            if one_line(key) != key:
                raise Rejected(f"the key {key!r} is not one line of text")
        for key in (*_OF_ONE_TEXT, "domain"):
            fields.line(given, key)
        fields.details(given, apart=frozenset(_OF_ONE_TEXT))
    except Rejected as error:
        return str(error)
    return None


def _misplaced(source: Source, given: Mapping[str, object]) -> str | None:
    wrong = [key for key in _OF_ONE_TEXT if key in given] if source.kind in ROWS else []
    return f"{wrong[0]} is for one text, and the file has one in every row" if wrong else None
