"""Public ids: UUIDv7, made here where the database does not make them."""

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """A new id whose first 48 bits are the time in milliseconds (RFC 9562 section 5.7), the rest random.

    Python has this from 3.14 on.
    """
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
