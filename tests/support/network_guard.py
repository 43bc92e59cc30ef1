"""No test talks to anything but this machine: an attempt fails at once, and fails its test even if it is swallowed."""

import ipaddress
import os
import sys
from collections.abc import Iterable
from urllib.parse import urlsplit

_CONNECTING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_RESOLVING = {"socket.getaddrinfo", "socket.gethostbyname"}


class NetworkRefused(RuntimeError):
    """A test tried to reach another machine."""


class NetworkGuard:
    """An audit hook of the interpreter, so it sees every Python socket whichever library made it.

    `attempts` holds what was refused; hooks cannot be removed, so there is one guard a process.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self.attempts: list[str] = []
        self._allowed = {"", "localhost", *allowed}
        sys.addaudithook(self._watch)

    def _watch(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in _CONNECTING:
            # A Unix socket's address is a path; only the others are pairs that begin with a host.
            address = arguments[1]
            host = address[0] if isinstance(address, tuple) and isinstance(address[0], str) else ""
        elif event in _RESOLVING:
            name = arguments[0]
            host = name.decode(errors="replace") if isinstance(name, bytes) else str(name or "")
            if _is_address(host):
                return
        else:
            return
        if host not in self._allowed and not _is_here(host):
            self.attempts.append(f"{event} {host}")
            raise NetworkRefused(f"a test tried to reach {host!r} ({event})")


def configured_hosts() -> list[str]:
    """Hosts that whoever runs the tests has named: of TEST_DATABASE_URL and DOCKER_HOST."""
    found = (urlsplit(os.environ.get(name, "")).hostname for name in ("TEST_DATABASE_URL", "DOCKER_HOST"))
    return [host for host in found if host]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_here(host: str) -> bool:
    if not _is_address(host):
        return False
    address = ipaddress.ip_address(host)
    return address.is_loopback or address.is_unspecified
