"""The server process of a data directory, as its pid file and the kernel tell."""

import os
from dataclasses import dataclass
from pathlib import Path

_PROCESSES = Path("/proc")


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A server that lives: its process, and where it listens."""

    pid: int
    port: int
    socket: str
    listens: bool
    ready: bool

    @classmethod
    def of(cls, data: Path) -> "Postmaster | None":
        """The living server of this data directory; None where there is none, or only the pid file of a dead one."""
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        # pid, data directory, start time, port, socket folder, TCP address, memory key, status
        lines += [""] * (8 - len(lines))
        pid = int(lines[0]) if lines[0].isdigit() else 0
        if not pid or not _works_in(pid, data):
            return None
        port = int(lines[3]) if lines[3].isdigit() else 0
        return cls(pid, port, lines[4], lines[5] != "", lines[7].strip() == "ready")


def _works_in(pid: int, data: Path) -> bool:
    """Whether that process is a server on this directory, not a later process that got the same number."""
    try:
        if _PROCESSES.joinpath("self").exists():
            return _PROCESSES.joinpath(str(pid), "cwd").samefile(data)
        os.kill(pid, 0)
    except PermissionError:
        # Somebody else's process. Ours, and as root everybody's, we may ask about.
        return False
    except OSError:
        return False
    return True
