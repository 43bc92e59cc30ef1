"""What the kernel says of processes, from /proc; nothing is measured where there is none."""

import os
from pathlib import Path

_PROC = Path("/proc")


def children(pid: int) -> list[int]:
    """The direct children of a process."""
    return [child for child in _all() if _parent(child) == pid]


def command_line(pid: int) -> list[str]:
    """The arguments of a process, empty when it has gone."""
    return _read(pid, "cmdline").split("\0")[:-1]


def resident_mb(pid: int) -> float:
    """Resident memory in MB (10^6 bytes), shared pages included."""
    pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def peak_mb(pid: int) -> float:
    """The most memory that was ever resident, in MB; what getrusage says begins with the peak of the parent."""
    return int(_read(pid, "status").partition("VmHWM:")[2].split()[0]) * 1_024 / 1e6


def cpu_seconds(pids: list[int]) -> dict[int, float]:
    """User and system time that each process has used, without those that have gone."""
    used = {}
    for pid in pids:
        # The scheduler's own nanoseconds; the tick counters beside them miss work that is shorter than a tick.
        if nanoseconds := _read(pid, "schedstat").partition(" ")[0]:
            used[pid] = int(nanoseconds) / 1e9
    return used


def cpu_since(before: dict[int, float], after: dict[int, float]) -> float:
    """Seconds that the processes of `after` used since `before`; new ones count from their start."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def _all() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()] if _PROC.is_dir() else []


def _parent(pid: int) -> int:
    # After the command's name in brackets, which may hold anything, come the state and the parent.
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return int(fields[1]) if fields else 0


def _read(pid: int, name: str) -> str:
    try:
        return (_PROC / str(pid) / name).read_text()
    except OSError:
        return ""
