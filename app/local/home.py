"""PRASHNA_HOME: where the embedded stack keeps its data, its secrets and its locks."""

import os
import secrets
from pathlib import Path

from app.errors import ConfigurationError
from app.local.lock import Lock


class Home:
    """One folder of ours; every path under it has a name here.

    `postgres/` (the cluster) and `run/` (its socket) belong to the server's account, everything else to whoever
    starts Prashna. Two homes never meet, so two stacks can live side by side.
    """

    def __init__(self, path: Path) -> None:
        # Resolved, so that two spellings of one folder are one home to every process.
        self.path = path.expanduser().resolve()

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.path / "postgres"

    @property
    def has_database(self) -> bool:
        """Has a database been made here? Makes nothing itself.

        Raises:
            ConfigurationError: the folder is another user's.
        """
        try:
            return self.data.exists()
        except PermissionError:
            raise self._foreign() from None

    @property
    def socket(self) -> Path:
        """Where the server's socket goes, unless that path is too long for a socket."""
        return self.path / "run"

    @property
    def server_settings(self) -> Path:
        """The settings file that we write before every start; not in `data`, which the server could change."""
        return self.path / "server.conf"

    def prepare(self) -> None:
        """Make the folder where it is missing.

        Raises:
            ConfigurationError: it cannot be made or written; names the folder.
        """
        try:
            self._make()
        except OSError as error:
            raise ConfigurationError(
                f"PRASHNA_HOME {str(self.path)!r} cannot be used ({error.strerror}); "
                "choose a folder of your own with PRASHNA_HOME"
            ) from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise self._foreign()

    def lock(self, name: str) -> Lock:
        """The open lock file of that name, for a `with` block."""
        try:
            return Lock(self.path / f"{name}.lock")
        except PermissionError:
            raise self._foreign() from None

    def demo_secret(self) -> str:
        """The secret that signs demo tokens: made at the first call, the same ever after, readable by us alone.

        Raises:
            ConfigurationError: others can read the file, so it is no secret any more.
        """
        return self._secret("demo-secret")

    def database_password(self) -> str:
        """The password of the TCP listener; the socket needs none. Raises as `demo_secret` does."""
        return self._secret("database-password")

    def _foreign(self) -> ConfigurationError:
        return ConfigurationError(
            f"PRASHNA_HOME {str(self.path)!r} was made by another user; run as that user, or choose another folder"
        )

    def _make(self) -> None:
        if not self.path.exists():
            self.path.mkdir(parents=True)
            self.path.chmod(self._mode())
        elif not any(self.path.iterdir()):
            # An empty folder, as mktemp makes it, is taken over; any other one is left as its owner set it.
            self.path.chmod(self._mode())

    def _mode(self) -> int:
        # As root the server runs under an account of its own, which has to pass through.
        return 0o711 if os.geteuid() == 0 else 0o700

    def _secret(self, name: str) -> str:
        self.prepare()
        path = self.path / name
        if not path.exists():
            self._write_once(path, secrets.token_urlsafe(48))
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(f"{str(path)!r} can be read by others; delete it and the next start makes another")
        return path.read_text().strip()

    def _write_once(self, path: Path, text: str) -> None:
        # Written aside and linked into place: of two processes one wins, and neither ever sees half a secret.
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
