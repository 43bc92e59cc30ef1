"""How many streams this process may hold open: each is a file to the system, which has a limit."""

import resource

# Of the limit; the rest is for database connections, pages, logs, and requests that are refused politely.
_SHARE = 0.8
# What a process of ours may raise its own limit to, where the system lets it.
_ENOUGH = 65_536


def most_streams() -> int:
    """Four fifths of what the system allows, after asking it for as much as it gives without privileges."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return int(_SHARE * (_ENOUGH if soft == resource.RLIM_INFINITY else soft))
