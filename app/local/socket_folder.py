"""Where the server's socket lies. Whoever reaches it is a superuser, so only the server's account and root may."""

import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path

from app.errors import ConfigurationError
from app.local.binaries import Binaries
from app.local.home import Home

_LONGEST = 107  # bytes that the kernel allows for a socket's path
_PLAIN = re.compile(r"[\w /.+~@-]+", re.ASCII)  # what needs no quoting in libpq's and PostgreSQL's lists of folders


def socket_folder(home: Home) -> Path:
    """The folder under the home or, where that is too long or oddly named, a short one in the temporary folder."""
    if _fits(home.socket):
        return home.socket
    name = f"prashna-{hashlib.sha256(os.fsencode(home.path)).hexdigest()[:16]}"
    places = (Path(tempfile.gettempdir()).resolve(), Path("/tmp"))  # noqa: S108 - the folder in it is checked below
    return next(place / name for place in places if _fits(place / name))


def make_private(folder: Path, binaries: Binaries, *, owner: int) -> None:
    """Make the folder, closed to everybody but the server's account, whose user id is `owner`.

    Raises:
        ConfigurationError: something else is in its place.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        # Never repaired: in a shared temporary folder it may be a stranger's, or a link to somewhere else.
        _check_private(folder, owner)
    else:
        binaries.give(folder)


def _check_private(folder: Path, owner: int) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise ConfigurationError(f"{str(folder)!r} should be a closed folder of the database server; remove it")


def _fits(folder: Path) -> bool:
    longest = folder / ".s.PGSQL.65535"
    return len(os.fsencode(longest)) <= _LONGEST and _PLAIN.fullmatch(str(folder)) is not None
