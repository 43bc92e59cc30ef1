"""The files that the paths of a command mean, found without leaving the folders given and read within limits."""

import glob
import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.document import Rejected, Rejection
from ingest.kinds import KINDS, SUFFIXES, guess

MAX_BYTES = 50_000_000
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read. `name` is what messages call it, `key` its path relative to the folder given, None for standard
    input, whose bytes are in `data`. `given` are the keys that --metadata has for it, `given_at` the place there."""

    path: Path
    name: str
    key: str | None
    kind: str
    data: bytes | None = None
    given: Mapping[str, object] = field(default_factory=dict)
    given_at: str = ""


@dataclass(slots=True)
class Found:
    """What the paths hold. `skipped` has a line for each file of a folder that is of no kind of ours."""

    sources: list[Source] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many files and folders it has something to say of."""
        return len(self.sources) + len(self.rejected) + len(self.skipped)


def find(paths: Sequence[str], kind: str | None = None) -> Found:
    """Every file under `paths`, folders walked in sorted order; one that two paths name comes once.

    A pattern that the shell has left as it is (`notes/**/*.pdf`) is expanded here, - is standard input. `kind` is
    that of every file named, whatever its suffix; in folders the suffix decides.
    """
    found = Found()
    for given in paths:
        if given == STDIN:
            found.sources += _standard_input(found, kind)
        else:
            for one in _expanded(given):
                _look(one, kind, found)
    found.sources = list({_identity(source): source for source in reversed(found.sources)}.values())[::-1]
    _set_apart_bad_names(found)
    return found


def read(source: Source) -> bytes:
    """The bytes of a file.

    Raises:
        Rejected: it is missing, unreadable, no plain file, empty or too large; the size is checked before reading.
    """
    data = source.data if source.data is not None else _bytes(source.path)
    if len(data) > MAX_BYTES:
        raise Rejected(f"it has more than {MAX_BYTES:,} bytes")
    if not data:
        raise Rejected("it is empty")
    return data


def shown(name: str) -> str:
    """`name` as it can be written anywhere: bytes of it that are no UTF-8 as `\\xe9`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def decode(data: bytes) -> str:
    """`data` as UTF-8 text, a byte order mark left out.

    Raises:
        Rejected: it holds NUL bytes or is not UTF-8.
    """
    if b"\0" in data:
        raise Rejected("it holds NUL bytes: binary data, or text that is not UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Rejected(f"it is not UTF-8: byte 0x{data[error.start]:02x} at {error.start}") from None


def _bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Rejected("it is not a plain file")
        if status.st_size > MAX_BYTES:
            raise Rejected(f"it has {status.st_size:,} bytes, more than {MAX_BYTES:,}")
        # It may have grown in between.
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Rejected(f"it cannot be read: {error.strerror or type(error).__name__}") from None


def _standard_input(found: Found, kind: str | None) -> Iterator[Source]:
    if any(source.name == STDIN for source in found.sources):
        return
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    yield Source(Path(STDIN), STDIN, None, kind or guess(data), data)


def _expanded(given: str) -> list[str]:
    if os.path.lexists(given) or not glob.has_magic(given):
        return [given]
    # pathlib's takes no absolute pattern.
    return sorted(glob.glob(given, recursive=True)) or [given]  # noqa: PTH207


def _look(given: str, kind: str | None, found: Found) -> None:
    path = Path(given)
    kind = kind or SUFFIXES.get(path.suffix.lower())
    if path.is_dir():
        before = found.size
        _walk(given, path, found)
        if found.size == before:
            found.rejected.append(Rejection(given, "no documents were found under it"))
    elif glob.has_magic(given) and not os.path.lexists(given):
        found.rejected.append(Rejection(given, "no file has a name like this"))
    elif kind:
        found.sources.append(Source(path, given, path.name, kind))
    else:
        reason = f"files of the kind {path.suffix or '(no suffix)'!r} cannot be read"
        found.rejected.append(Rejection(given, reason if path.exists() else "there is no such file or folder"))


def _set_apart_bad_names(found: Found) -> None:
    """A file system takes any bytes for a name; neither the database nor JSON does."""
    good = []
    for source in found.sources:
        if reason := _bad_name(source):
            found.rejected.append(Rejection(source.name, reason))
        else:
            good.append(source)
    found.sources = good
    found.rejected = [replace(one, name=shown(one.name)) for one in found.rejected]
    found.skipped = [shown(line) for line in found.skipped]


def _bad_name(source: Source) -> str | None:
    if shown(source.path.name) != source.path.name:
        return "its name is not UTF-8: rename it"
    path = source.name if source.name == STDIN else str(source.path.resolve())
    return None if shown(path) == path else f"a name in its path is not UTF-8: {shown(path)}"


def _identity(source: Source) -> Path | str:
    return STDIN if source.name == STDIN else source.path.resolve()


def _walk(given: str, root: Path, found: Found) -> None:
    inside = root.resolve()
    for path in _files(root, found):
        key = path.relative_to(root).as_posix()
        name = (Path(given) / key).as_posix()
        kind = SUFFIXES.get(path.suffix.lower())
        if kind is None:
            found.skipped.append(f"{name} (not {', '.join(KINDS[:-1])} or {KINDS[-1]})")
        elif path.is_symlink() and not path.resolve().is_relative_to(inside):
            found.skipped.append(f"{name} (a link that leads out of the folder)")
        else:
            found.sources.append(Source(path, name, key, kind))


def _files(folder: Path, found: Found) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        found.rejected.append(Rejection(str(error.filename), f"the folder cannot be read: {error.strerror}"))

    # Linked folders are not walked: they may lead out, or in a circle.
    for parent, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent) / name for name in sorted(names) if not name.startswith("."))
