"""PostgreSQL's settings, sized to the machine it starts on."""

import os
from pathlib import Path

_MB = 1024 * 1024
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def server_settings(*, socket: Path, port: int, listen: bool, durable: bool) -> str:
    """The text of our settings file.

    `listen` opens 127.0.0.1 beside the socket. Without `durable` nothing is flushed: for tests, whose data may go.
    """
    settings = {
        "unix_socket_directories": str(socket),
        # The folder is closed already; this is the second door of a socket that asks for no password.
        "unix_socket_permissions": "0700",
        "listen_addresses": "127.0.0.1" if listen else "",
        "port": str(port),
        # Two pools a process, several processes, procrastinate's own, and a margin for people.
        "max_connections": "200",
        "shared_preload_libraries": "pg_stat_statements",
        # Compiling costs more than our short statements do (measured on hybrid search).
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %a ",
        # A failed statement may carry a student's words.
        "log_min_error_statement": "panic",
        "log_parameter_max_length_on_error": "0",
        **_memory(_machine_memory() // _MB),
        **_processors(os.cpu_count() or 1),
        **({} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
    }
    lines = (f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items())
    return "\n".join(["# Written by Prashna before every start.", *lines, ""])


def _memory(megabytes: int) -> dict[str, str]:
    return {
        # The working set is small; 1 GB held all of every measurement, and the models need the rest.
        "shared_buffers": f"{_between(128, megabytes // 8, 1024)}MB",
        "effective_cache_size": f"{max(256, megabytes // 2)}MB",
        "work_mem": f"{_between(4, megabytes // 1024, 32)}MB",
        # An HNSW build that fits is several times faster than one that spills.
        "maintenance_work_mem": f"{_between(64, megabytes // 32, 512)}MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
    }


def _processors(count: int) -> dict[str, str]:
    return {
        "max_parallel_workers": str(count),
        "max_parallel_workers_per_gather": str(_between(0, count // 2, 4)),
        "max_parallel_maintenance_workers": str(_between(1, count // 2, 4)),
    }


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))


def _machine_memory() -> int:
    """Bytes we may use: the machine's, or less where a container says so."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _CGROUP_LIMIT.read_text().strip() if _CGROUP_LIMIT.is_file() else "max"
    return min(total, int(limit)) if limit.isdigit() else total
