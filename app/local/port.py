"""Whether a TCP port is ours to take, asked before anything is started."""

import socket

from app.errors import ConfigurationError


def check_free(host: str, port: int, setting: str) -> None:
    """Make sure that `port` can be listened on.

    Raises:
        ConfigurationError: it cannot; names the setting to change.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server itself does; connections of an earlier run that still linger are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise ConfigurationError(
            f"port {port} on {host} cannot be used ({error.strerror}); choose another one with {setting}"
        ) from error
