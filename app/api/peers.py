"""Stops a flood of calls without a valid token before any work is done for it, by the address that really called.

Only failed calls count, and a call with a valid token is never looked at: five hundred students of an exam hall may
share one address. Who opens a stream with a ticket or a cookie is known to the database alone; their failures count
apart, so that a client with a bad token keeps nobody's EventSource out. X-Forwarded-For is believed from
PRASHNA_TRUSTED_PROXIES only: all others write what they like.
"""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

from app.errors import TooManyFailures

# So many at once, then so many a second.
BURST = 200
PER_SECOND = 10.0
# Those heard of longest ago are forgotten beyond this; a forgotten address starts with a full bucket.
MOST_PEERS = 10_000


class Peers:
    """A bucket of failures for each address; an IPv6 caller has a whole /64 to call from, so that counts as one."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # When the bucket will be full again; one that is full needs no place here.
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def check(self, address: str) -> None:
        """Let a call without a valid token in.

        Raises:
            TooManyFailures: too many such calls from there have failed; says when the next may come.
        """
        owed = round((self._full_at.get(_network(address), 0.0) - self._clock()) * PER_SECOND, 3)
        if owed >= BURST:
            raise TooManyFailures(retry_after=1 + int((owed - BURST) / PER_SECOND))

    def failed(self, address: str) -> None:
        """A call from there has shown no valid token, ticket or cookie."""
        network, now = _network(address), self._clock()
        self._full_at[network] = max(self._full_at.get(network, 0.0), now) + 1 / PER_SECOND
        self._full_at.move_to_end(network)
        if len(self._full_at) > MOST_PEERS:
            self._full_at.popitem(last=False)


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
